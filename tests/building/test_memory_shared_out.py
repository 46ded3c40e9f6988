"""Builds and the memory that their recipes ask for."""

from dataclasses import replace
from pathlib import Path

from workplace import Workplace

from ownconda.building.memory import remarks_on_memory, startable
from ownconda.recipes.builds import Build
from ownconda.recipes.runners import Runner


def build(name: str, gigabytes: int = 0) -> Build:
    runner = Runner(memory=gigabytes * 1024)
    return Build(recipe=Path(name), name=name, version="1", subdir="noarch", build="0", number=0, runner=runner)


def names(ready: list[Build], running: list[Build]) -> str:
    return "".join(one.name for one in startable(ready, running, 8 * 1024))


def test_builds_run_beside_each_other_as_far_as_memory_goes() -> None:
    assert names([build("a", 4), build("b", 4), build("c", 4)], []) == "ab"
    assert names([build("c", 4)], [build("a", 4)]) == "c"
    assert not names([build("c", 4)], [build("a", 5)])


def test_builds_that_ask_for_no_memory_always_start() -> None:
    assert names([build("a"), build("b")], [build("c", 8)]) == "ab"


def test_what_has_to_wait_for_memory_is_not_overtaken_by_what_asks_for_some() -> None:
    assert names([build("a", 6), build("b", 2), build("c")], [build("d", 4)]) == "c"


def test_what_asks_for_more_than_there_is_runs_alone() -> None:
    assert names([build("a", 9), build("b")], []) == "a"
    assert not names([build("a", 9), build("b")], [build("c")])
    assert names([build("b"), build("a", 9), build("c")], []) == "b"
    assert not names([build("b")], [build("a", 9)])
    assert remarks_on_memory([build("a", 9), build("b", 8)], 8 * 1024) == [
        "a 1 asks for 9G of memory, and there are 8G: it is built alone"
    ]


def asking(gigabytes: int) -> str:
    return f"extra: {{ownconda: {{runner: {{memory: {gigabytes}G}}}}}}"


def alone(folder: Path) -> list[str]:
    """Give a script that fails while another one of its kind is running."""
    return [f"mkdir {folder}", "sleep 0.3", f"rmdir {folder}", "mkdir -p $PREFIX/share/$PKG_NAME"]


def test_builds_that_together_ask_for_too_much_run_one_after_the_other(workplace: Workplace, tmp_path: Path) -> None:
    workplace.limits = replace(workplace.limits, jobs=3, memory=8 * 1024)
    for name, memory in (("a", 5), ("b", 5), ("c", 9)):
        workplace.recipe(name, script=alone(tmp_path / "busy"), more=asking(memory))
    assert set(workplace.statuses().values()) == {"built"}


def test_while_hardly_any_memory_is_left_nothing_starts_beside_others(workplace: Workplace, tmp_path: Path) -> None:
    workplace.limits = replace(workplace.limits, spare=1 << 40)
    for name in ("a", "b", "c"):
        workplace.recipe(name, script=alone(tmp_path / "busy"))
    assert set(workplace.statuses().values()) == {"built"}
