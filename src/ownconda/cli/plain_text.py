"""Text that came from elsewhere, made safe to show on a terminal."""


def visible_lines(text: str) -> str:
    """Give a text of several lines, such as a solver's words, in which nothing else acts on the terminal."""
    return "\n".join(visible(line) for line in text.expandtabs().split("\n"))


def visible(text: str) -> str:
    r"""Give a text on one line in which nothing acts on the terminal.

    Control characters, line breaks and bidirectional overrides are shown as Python writes them: ``\x1b``, ``\n``.
    """
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
