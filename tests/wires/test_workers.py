import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import working
from working import killed, process, refusing, slow_first, square, wait_until_gone

from ownconda.errors import OutsideError, WrongInputError
from ownconda.wires.workers import each

SLOW = """
import sys
sys.path.insert(0, sys.argv[1])
from ownconda.wires.workers import each
from working import told_and_slow
list(each(told_and_slow, sys.argv[2:] * 100, workers=2, chunk=1))
"""


def test_results_come_in_the_order_of_the_items() -> None:
    assert list(each(square, range(100), workers=2, chunk=7)) == [number * number for number in range(100)]
    assert list(each(slow_first, range(6), workers=2, chunk=1)) == list(range(6))
    assert list(each(square, [], workers=2)) == []


def test_the_work_is_done_by_other_processes_that_end_with_the_iterator() -> None:
    pids = set(each(process, range(40), workers=2, chunk=1))
    assert os.getpid() not in pids
    begun = each(process, range(40), workers=2, chunk=1)
    pids.add(next(begun))
    begun.close()  # type: ignore[attr-defined]
    assert wait_until_gone(sorted(pids))


def test_an_error_is_raised_where_the_results_are_wanted_with_where_it_came_from() -> None:
    with pytest.raises(WrongInputError, match="three is too many") as caught:
        list(each(refusing, range(10), workers=2, chunk=1))
    assert caught.value.problems[0].hint == "give two"
    assert "in refusing" in caught.value.__notes__[0]


def test_a_worker_that_is_killed_is_told() -> None:
    with pytest.raises(OutsideError, match="a worker process was ended"):
        list(each(killed, range(10), workers=2, chunk=1))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_the_process_that_started_them(tmp_path: Path, number: signal.Signals) -> None:
    helpers = Path(working.__file__).parent
    driver = subprocess.Popen([sys.executable, "-c", SLOW, helpers, tmp_path], stderr=subprocess.DEVNULL)
    while len(pids := [int(one.name) for one in tmp_path.iterdir()]) < 2:
        assert driver.poll() is None
        time.sleep(0.02)
    driver.send_signal(number)
    driver.wait(20)
    assert wait_until_gone(pids)
