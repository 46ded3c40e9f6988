"""What the driver asks of the worker process, and what it answers: values that travel as JSON."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """Build the output with this name and build string of a recipe, rendered with exactly these variant values.

    ``cores`` is how many jobs it should run at a time; with ``keep`` the builder leaves the build folder as it is.
    """

    recipe: str
    name: str
    build: str
    variant: dict[str, str]
    context: dict[str, str]
    output: str
    channels: list[str]
    log: str
    cores: int
    keep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SealRequest:
    """Seal a package; ``sealing`` is a Sealing's fields, the recipe as text."""

    package: str
    target: str
    sealing: dict[str, object]
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRequest:
    """Run the tests inside a package, in fresh environments from these channels."""

    package: str
    channels: list[str]
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a request: the package that was built, or why there is none.

    After its ``last`` answer a worker is of no more use.
    """

    ok: bool
    package: str = ""
    reason: str = ""
    last: bool = False
