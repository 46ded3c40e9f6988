"""Recipes that nobody would write."""

import itertools

HEAD = "package: {name: a, version: '1'}\n"
LETTERS = "abcdefghij"
BOMB = "a: &a {x: [x, y]}\n" + "".join(
    f"{new}: &{new} {{{', '.join(f'k{number}: *{old}' for number in range(9))}}}\n"
    for old, new in itertools.pairwise(LETTERS)
)
BAD: dict[str, bytes] = {
    "empty": b"",
    "only a comment": b"# nothing\n",
    "not UTF-8": b"package:\n  name: caf\xe9\n",
    "NUL bytes": HEAD.encode() + b"a: \x00\n",
    "50 MB": HEAD.encode() + b"# " + b"x" * 50_000_000,
    "50 MB of lines": HEAD.encode() + b"- a\n" * 12_500_000,
    "brackets in brackets": HEAD.encode() + b"a: " + b"[" * 100_000,
    "closed brackets": HEAD.encode() + b"a: " + b"[" * 20_000 + b"]" * 20_000,
    "lists in lists": b"- " * 100_000,
    "keys in keys": b"? " * 100_000,
    "indented without end": "\n".join(" " * depth + "a:" for depth in range(700)).encode(),
    "anchors that grow": HEAD.encode() + BOMB.encode(),
    "an anchor in itself": HEAD.encode() + b"extra: &a\n  b: *a\n",
    "an object": HEAD.encode() + b"extra: !!python/name:os.system x\n",
}
BAD_V0 = {
    "a loop without end": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "a loop that writes": "{% for a in range(99999) %}- aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n{% endfor %}",
    "brackets from a template": "a: {{ '[' * 99999 }}\n",
    "a macro without end": "{% macro a() %}{{ a() }}{{ a() }}{% endmacro %}a: {{ a() }}\n",
    "a long selector": f"a: b  # [{'not ' * 5000}win]\n",
}
