"""Who comes first: names that are taken once, however many ask at the same time."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier

from ownconda.access.callers import Caller
from ownconda.access.first_come import FirstCome
from ownconda.access.spending_table import SpendingTable
from ownconda.errors import ConflictError
from ownconda.wires.database import open_database, transaction

DAY = 86_400_000


def project(number: int) -> Caller:
    return Caller(name=f"own/{number}", principals=frozenset({f"pipeline:own/{number}", f"pipeline:own/{number}@main"}))


def test_of_those_who_come_at_once_one_gets_a_name(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "names.sqlite")
    names = FirstCome(engine, dict)
    ready = Barrier(8)

    def bring(number: int) -> bool:
        take = names.taking(project(number), ["zlib"], alone=True)
        assert take is not None
        ready.wait()  # all of them saw that the name was nobody's
        with suppress(ConflictError), transaction(engine, immediate=True) as connection:
            take(connection)
            return True
        return False

    with ThreadPoolExecutor(8) as pool:
        [winner] = [number for number, got in enumerate(pool.map(bring, range(8))) if got]
    assert names.of(["zlib", "openssl"]) == {"zlib": f"pipeline:own/{winner}"}
    assert names.taking(project(winner), ["zlib"], alone=True) is None
    engine.dispose()


def test_of_those_who_bring_at_once_no_more_gets_in_than_a_day_allows(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "spent.sqlite")
    spending = SpendingTable(engine)
    with ThreadPoolExecutor(8) as pool:
        let_in = list(pool.map(lambda _: spending.spend("person:ann", 10, most=35, now=DAY), range(8)))
    assert (sum(let_in), [(one.used, one.most) for one in spending.today(DAY)]) == (3, [(30, 35)])
    spending.give_back("person:ann", 10, now=DAY)
    assert spending.spend("person:ann", 15, most=35, now=DAY)
    assert not spending.spend("person:ann", 1, most=35, now=2 * DAY - 1)
    assert spending.spend("person:ann", 35, most=35, now=2 * DAY)
    engine.dispose()
