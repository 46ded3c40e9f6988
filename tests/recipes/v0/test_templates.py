import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownconda.errors import Where, WrongInputError
from ownconda.recipes.v0.templates import evaluate

FILE = Where(file="meta.yaml")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('{% set version = "1.10.2" %}{{ version }}', "1.10.2"),
        ("{{ version|replace('.', '_') }}", "1_2"),
        ("{{ version.split('.')[0] }}", "1"),
        ("{{ '.'.join(version.split('.')[:1]) }}", "1"),
        ("{{ name|lower }}-{{ name[0]|upper }}", "tool-T"),
        ("{{ 'a' ~ 1 }} {{ 'a' + 'b' }} {{ 7 // 2 }} {{ '%02d' % 3 }}", "a1 ab 3 03"),
        ("{% if version == '1.2' and not unknown %}yes{% else %}no{% endif %}", "yes"),
        ("{% if false %}a{% elif version %}b{% endif %}", "b"),
        ("{% for one in ['a', 'b'] %}{{ loop.index }}{{ one }}{% if not loop.last %},{% endif %}{% endfor %}", "1a,2b"),
        ("{% for key, value in {'a': 1}.items() %}{{ key }}={{ value }}{% endfor %}", "a=1"),
        ("{% for one in [] %}a{% else %}none{% endfor %}", "none"),
        ("{% for one in range(4) if one % 2 %}{{ one }}{% endfor %}", "13"),
        ("{% set x = 1 %}{% for i in range(3) %}{% set x = i %}{% endfor %}{{ x }}", "1"),
        ("{% set ns = namespace(n=0) %}{% for i in range(3) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "3"),
        ("{% set l = [] %}{% set _ = l.append('a') %}{{ l[0] }}", "a"),
        ("{% macro m(a, b='2') %}<{{ a }}{{ b }}>{% endmacro %}{{ m(1) }}{{ m(1, b=3) }}", "<12><13>"),
        ("{% set text %}a{{ name }}{% endset %}{{ text }}", "aTool"),
        ("{% filter upper %}a{% endfilter %}{% with a = 1 %}{{ a }}{% endwith %}", "A1"),
        ("{{ 'x' if unknown else 'y' }}{{ unknown or 'z' }}{{ unknown|default('d') }}", "yzd"),
        ("{{ ['b', 'a']|sort|join(',') }} {{ [1, 2]|map('string')|list|length }}", "a,b 2"),
        ("{{ ['ab', 'cd']|select('in', ['ab'])|join }}", "ab"),
        ("{% if unknown is defined %}a{% endif %}{% if version is string %}b{% endif %}", "b"),
        ("{{ '{}-{}'.format('a', 1) }} {{ '5'.zfill(3) }}", "a-1 005"),
        ("{# nothing #}{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    ],
)
def test_templates_come_to_what_jinja_makes_of_them(template: str, text: str) -> None:
    assert evaluate(template, {"version": "1.2", "name": "Tool"}, file=FILE).text == text


def test_a_name_that_nobody_defines_is_empty_and_told_with_its_line() -> None:
    evaluated = evaluate("a\n{{ unknown[:2]|lower }}\n{{ other.field(1) + 2 }}\n", {}, file=FILE)
    assert evaluated.text == "a\n\n\n"
    assert [line for reason, line in evaluated.undefined.items() if "'unknown'" in reason] == [2]


BAD = {
    "two loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "a long text": "{{ 'a' * 10**9 }}",
    "a large number": "{{ 10 ** 255 ** 2 }}",
    "a large power": "{{ 2 ** 100000000 }}",
    "a macro that calls itself": "{% macro a() %}{{ a() }}{{ a() }}{% endmacro %}{{ a() }}",
    "text that doubles": "{% set n = namespace(s='xx') %}{% for i in range(99) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
    "a list that doubles": "{% set n = namespace(l=[1]) %}{% for i in range(99) %}{% set n.l = n.l * 2 %}{% endfor %}",
    "lists in lists": "{% set n = namespace(l=[1]) %}{% for i in range(99) %}{% set n.l = [n.l, n.l] %}{% endfor %}",
    "a list in itself": "{% set l = [] %}{% set _ = l.append(l) %}{{ l }}",
    "a wide format": "{{ '%999999999d' % 3 }}",
    "another wide format": "{{ '{:>999999999}'.format(1) }}",
    "a format of a format": "{{ '{:{}}'.format(1, 999999999) }}",
    "a long range": "{{ range(10**9)|list }}",
    "many replacements": "{{ ('a' * 99999).replace('a', 'b' * 99999) }}",
    "joined texts": "{{ (['a' * 9999] * 9999)|join }}",
    "deep brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "a long sum": "{{ " + "1+" * 20000 + "1 }}",
    "zeros": "{{ '1'.zfill(999999999) }}",
    "an attribute": "{{ ''.__class__.__mro__() }}{{ 1() }}",
    "another file": "{% include 'a' %}",
    "an import": "{% import 'a' as b %}",
    "an unknown filter": "{{ 1|attr('a') }}",
    "no end": "{% for a in b %}",
    "no expression": "{{ }}",
    "a call of what is no function": "{{ 'a'() }}",
    "too many expressions": "{{ 1 }}" * 20_000,
}


@pytest.mark.parametrize("name", BAD)
def test_a_template_that_may_not_be_is_refused_at_once(name: str) -> None:
    started = time.monotonic()
    with pytest.raises(WrongInputError, match="template"):
        evaluate(BAD[name], {}, file=FILE)
    assert time.monotonic() - started < 30  # it would take hours


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__ }}",
        "{{ ().__class__.__bases__[0].__subclasses__() }}",
        "{{ version.format.__globals__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ lipsum(n=100000) }}",
        "{{ range.__self__ }}",
    ],
)
def test_nothing_behind_a_value_can_be_reached(template: str) -> None:
    assert evaluate(template, {"version": "1"}, file=FILE).text == ""


def test_a_format_reaches_no_attributes() -> None:
    with pytest.raises(WrongInputError, match="asks for more than values"):
        evaluate("{{ '{0.__class__}'.format(version) }}", {"version": "1"}, file=FILE)


WORDS = ["set", "for", "in", "endfor", "if", "endif", "|int", "1", "a", "b", ".b"]
PIECES = ("{{", "}}", "{%", "%}", *WORDS, *"()=[]'+*~")


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_template_is_evaluated_or_refused_and_never_breaks(parts: list[str]) -> None:
    with suppress(WrongInputError):
        evaluate(" ".join(parts), {"b": ["x"]}, file=FILE)
