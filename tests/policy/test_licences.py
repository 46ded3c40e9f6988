import pytest

from ownconda.policy.licences import Licences, canonical, names, proposal


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("mit", "MIT"),
        ("MIT or (apache-2.0 and gpl-2.0+)", "MIT OR (Apache-2.0 AND GPL-2.0+)"),
        ("GPL-2.0-only with Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("LicenseRef-Company", "LicenseRef-Company"),
    ],
)
def test_an_expression_is_spelt_as_spdx_does(written: str, spelt: str) -> None:
    assert canonical(written) == spelt


@pytest.mark.parametrize("text", ["", "Apache 2.0", "GPL-3", "MIT OR", "(MIT", "custom"])
def test_what_is_no_expression_has_no_spelling(text: str) -> None:
    assert canonical(text) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Apache License 2.0", "Apache-2.0"),
        ("The MIT Licence", "MIT"),
        ("GPL (>= 2)", "GPL-2.0-or-later"),
        ("GPLv3+", "GPL-3.0-or-later"),
        ("LGPL-2.1", "LGPL-2.1-only"),
        ("AGPL3", "AGPL-3.0-only"),
        ("GPL", None),
        ("free for academic use", None),
    ],
)
def test_an_expression_is_proposed_where_only_one_can_be_meant(text: str, meant: str | None) -> None:
    assert proposal(text) == meant


@pytest.mark.parametrize(
    ("expression", "refused"),
    [
        ("MIT", ()),
        ("GPL-3.0-only", ("GPL-3.0-only",)),
        ("MIT AND GPL-3.0-only", ("GPL-3.0-only",)),
        ("MIT OR GPL-3.0-only", ()),
        ("(MIT OR GPL-3.0-only) AND BSD-3-Clause", ()),
        ("(MIT AND GPL-3.0-only) OR AGPL-3.0-only", ("GPL-3.0-only", "AGPL-3.0-only")),
        ("GPL-3.0-only WITH GCC-exception-3.1", ()),
        ("Zlib", ("Zlib",)),
    ],
)
def test_alternatives_count_as_what_is_taken_of_them(expression: str, refused: tuple[str, ...]) -> None:
    allowed = ("mit", "BSD-*", "GPL-3.0-only WITH *")
    assert Licences(allowed=allowed).refused(expression) == refused


def test_what_is_denied_is_refused_though_it_is_allowed() -> None:
    assert Licences(allowed=("*",), denied=("GPL-*",)).refused("GPL-2.0-only") == ("GPL-2.0-only",)
    assert Licences(denied=("GPL-*",)).refused("GPL-2.0-only WITH Classpath-exception-2.0")


def test_without_any_word_every_licence_is_taken() -> None:
    assert Licences().refused("LicenseRef-Company") == ()


def test_a_licence_is_named_together_with_its_exception() -> None:
    assert names("MIT AND (GPL-2.0-only WITH Classpath-exception-2.0 OR MIT)") == (
        "MIT",
        "GPL-2.0-only WITH Classpath-exception-2.0",
    )
