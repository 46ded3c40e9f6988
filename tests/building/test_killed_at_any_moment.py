"""A build killed at random moments, again and again: the next run completes it, with the same packages."""

import os
import random
import shutil
import time
from pathlib import Path

import pytest
from watching import building, indexed
from workplace import Workplace

from ownconda.wires.files import sha256_of

RECIPES = 12
KILLS = int(os.environ.get("OWNCONDA_KILLS", "2"))
"""How many moments are tried; each takes some seconds."""


@pytest.fixture
def twelve(workplace: Workplace) -> Workplace:
    for number in range(RECIPES):
        host = [f"part-{one}" for one in {number // 2, number // 3} - {number}]
        workplace.recipe(f"part-{number}", host=host, test_needs=[f"part-{number // 2}"] if number % 3 == 2 else [])
    return workplace


def digests(channel: Path) -> dict[str, str]:
    return {path.name: sha256_of(path) for path in sorted(channel.glob("*/*.conda"))}


def test_a_run_after_any_kill_completes_with_the_same_packages(twelve: Workplace) -> None:
    started = time.monotonic()
    with building(twelve) as process:
        process.communicate()
    whole = time.monotonic() - started
    wanted = digests(twelve.output)
    assert len(wanted) == RECIPES
    chance = random.Random(20)  # noqa: S311  (nobody has to be kept from guessing)
    for _ in range(KILLS):
        shutil.rmtree(twelve.output)
        with building(twelve) as process:
            time.sleep(chance.uniform(0, whole))
            process.kill()
            process.communicate()
        assert indexed(twelve.output) <= set(wanted)
        assert set(twelve.statuses().values()) <= {"built", "there already"}
        assert digests(twelve.output) == wanted
        assert indexed(twelve.output) == set(wanted)
