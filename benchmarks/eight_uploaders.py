"""Eight clients that upload small packages at once to a channel of 10,000: packages a second, sustained."""

import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import requests
from forges import filled_forge, post
from measuring import print_machine, write_package

SIZE = 10_000
CLIENTS = 8
EACH = 150
SLOWEST = 200  # packages a second


def main() -> None:
    """Print how many packages a second eight clients bring in, and how long one of them waits."""
    print(f"\n{CLIENTS} clients, each {EACH} packages one after the other, to a channel of {SIZE:,}")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "noarch").mkdir()
        files = [write_package(root / "noarch", f"synthetic-{number}", number) for number in range(SIZE)]
        fresh = [
            [write_package(root / "noarch", f"fresh-{client}-{number}", number) for number in range(EACH)]
            for client in range(CLIENTS)
        ]
        with filled_forge(root / "forge", files) as (url, token):
            took, waits = _upload(url, token, fresh)
            _check(url, fresh)
    rate = CLIENTS * EACH / took
    print(f"  {rate:.0f} packages a second (asked for: at least {SLOWEST}) {'ok' if rate >= SLOWEST else 'MISSED'}")
    print(f"  one waits {waits[len(waits) // 2]:.3f} s (median), {waits[-1]:.3f} s (longest)")


def _upload(url: str, token: str, packages: Sequence[Sequence[Path]]) -> tuple[float, list[float]]:
    waits: list[float] = []

    def client(mine: Sequence[Path]) -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {token}"
            for package in mine:
                start = time.perf_counter()
                post(session, url, [package])
                waits.append(time.perf_counter() - start)

    threads = [threading.Thread(target=client, args=(mine,)) for mine in packages]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start, sorted(waits)


def _check(url: str, packages: Sequence[Sequence[Path]]) -> None:
    listed = requests.get(f"{url}/conda/testing/noarch/repodata.json", timeout=60).json()["packages.conda"]
    assert {package.name for mine in packages for package in mine} <= listed.keys()  # noqa: S101


if __name__ == "__main__":
    print_machine()
    main()
