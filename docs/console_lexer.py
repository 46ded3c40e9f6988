# ruff: noqa: INP001  (it stands beside conf.py, which is no package either)
"""How console examples are coloured: Pygments' own lexer takes the lines of a here-document for output."""

from collections.abc import Iterator

from pygments.lexer import Lexer
from pygments.lexers.shell import BashLexer
from pygments.token import Generic, _TokenType

PROMPTS = ("$ ", "> ")


class ConsoleLexer(Lexer):
    """Commands behind prompts, and what they print."""

    name = "console"

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Give each line's tokens: a prompt and a command, or output."""
        start, bash = 0, BashLexer()
        for line in text.splitlines(keepends=True):
            if line.startswith(PROMPTS):
                yield start, Generic.Prompt, line[:2]
                for index, token, value in bash.get_tokens_unprocessed(line[2:]):
                    yield start + 2 + index, token, value
            else:
                yield start, Generic.Output, line
            start += len(line)
