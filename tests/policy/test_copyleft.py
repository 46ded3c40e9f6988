"""How far the copyleft of SPDX expressions reaches."""

import pytest

from ownconda.policy.copyleft import Copyleft, copyleft_of


@pytest.mark.parametrize(
    ("expression", "level"),
    [
        ("MIT", Copyleft.NONE),
        ("LGPL-2.1-or-later", Copyleft.WEAK),
        ("MPL-2.0", Copyleft.WEAK),
        ("GPL-3.0-only", Copyleft.STRONG),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", Copyleft.WEAK),
        ("GPL-2.0-only WITH Classpath-exception-2.0", Copyleft.WEAK),
        ("GPL-2.0-or-later WITH Autoconf-exception-macro", Copyleft.WEAK),
        ("AGPL-3.0-or-later", Copyleft.NETWORK),
        ("MIT OR GPL-2.0-only", Copyleft.NONE),
        ("MIT AND GPL-2.0-only", Copyleft.STRONG),
        ("(LGPL-2.1-only OR AGPL-3.0-only) AND GPL-2.0-only", Copyleft.STRONG),
    ],
)
def test_of_alternatives_the_least_counts_and_of_what_holds_together_the_most(expression: str, level: Copyleft) -> None:
    assert copyleft_of(expression) is level
