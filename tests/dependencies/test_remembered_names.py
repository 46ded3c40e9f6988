from pathlib import Path

import pytest

from ownconda.dependencies.remembered_names import names_in_order
from ownconda.errors import WrongInputError
from ownconda.recipes.many import FEW
from ownconda.recipes.rendering import Rendering


def write(root: Path, number: int, needed: str) -> None:
    (root / f"tool-{number}").mkdir(parents=True, exist_ok=True)
    text = f"package:\n  name: tool-{number}\n  version: '1'\nrequirements:\n  host:\n    - {needed}\n"
    (root / f"tool-{number}" / "meta.yaml").write_text(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in range(FEW):
        write(tmp_path / "recipes", number, f"tool-{number + 1}")
    return tmp_path / "recipes"


def test_what_is_remembered_is_the_same_list_until_a_requirement_changes(root: Path) -> None:
    cache = root.parent / "cache"
    backwards = [f"tool-{number}" for number in reversed(range(FEW))]
    for _ in range(2):
        assert list(names_in_order([root], Rendering(), cache=cache)) == backwards
    assert len(list(cache.glob("*.names"))) == 1
    write(root, FEW - 1, "other")
    write(root, 0, "zlib")
    changed = names_in_order([root], Rendering(), cache=cache)
    assert sorted(changed) == sorted(backwards)
    assert changed == names_in_order([root], Rendering())
    assert list(changed) != backwards


def test_a_cycle_is_told_every_time(root: Path) -> None:
    write(root, FEW - 1, f"tool-{FEW - 2}")
    for _ in range(2):
        with pytest.raises(WrongInputError, match="need each other to be built"):
            names_in_order([root], Rendering(), cache=root.parent / "cache")
