"""Results of tests, told to a forge and asked of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ownconda.forge_client.client import ForgeClient


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """What came of a package's tests with others, all by their sha256: passed, failed, no tests; ``log`` is a URL."""

    __test__ = False  # its name is no test's to pytest

    package: str
    together_with: tuple[str, ...]
    status: str
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestedInfo:
    """A result that a forge knows, of two packages by their paths; ``at`` is ISO 8601 in UTC."""

    package: str
    together_with: str
    status: str
    log: str
    author: str
    at: str


def post_results(forge: ForgeClient, results: Iterable[TestResult]) -> int:
    """Tell a forge what came of tests; give the number of pairs of packages that it noted."""
    said = [
        {"package": one.package, "with": list(one.together_with), "status": one.status, "log": one.log}
        for one in results
    ]
    return int(forge.ask("POST", "tests", json={"results": said})["results"]) if said else 0


def results(forge: ForgeClient, channel: str, specs: Sequence[str]) -> tuple[TestedInfo, ...]:
    """Give what is known of tests of packages that specs choose in a channel, and of tests with them."""
    told = forge.ask("GET", f"channels/{quote(channel, safe='')}/tests", params={"spec": list(specs)})
    return tuple(
        TestedInfo(
            package=one["package"],
            together_with=one["with"],
            status=one["status"],
            log=one["log"],
            author=one["author"],
            at=one["at"],
        )
        for one in told["results"]
    )
