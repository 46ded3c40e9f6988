"""The command `own-hello`."""

import argparse
import sys
from collections.abc import Iterable, Sequence

from own_hello.greeting import Greeting, NotAnAddress
from own_hello.ingredients import ingredients

EXAMPLES = ("Jürgen@bücher.example", "Ольга@пример.example", "花子@日本語.example", "<Bobby>@tables.example")


def main(arguments: Sequence[str] | None = None) -> int:
    """Greets; returns 0, or 2 if an argument is no address."""
    parser = argparse.ArgumentParser(
        prog="own-hello",
        description="Greet people at internationalized host names.",
        epilog=f"example: own-hello {EXAMPLES[0]}",
    )
    parser.add_argument("address", nargs="*", help="name@host; without any, a few examples are greeted")
    addresses = parser.parse_args(arguments).address or EXAMPLES
    try:
        greetings = [Greeting.parse(address) for address in addresses]
    except NotAnAddress as error:
        print(f"own-hello: {error}", file=sys.stderr)
        return 2
    print(page(greetings))
    return 0


def page(greetings: Iterable[Greeting]) -> str:
    """The whole output: every greeting, then the ingredients."""
    lines: list[str] = []
    for greeting in greetings:
        lines += [
            greeting.text,
            f"  {'host on the wire':<20}{greeting.wire_host}",
            f"  {'on a web page':<20}{greeting.html}",
            "",
        ]
    lines.append("Made with")
    lines += [f"  {name:<20}{version}" for name, version in ingredients()]
    return "\n".join(lines)
