"""Choices: the records of a name, newest first, and which of them a match spec takes; each is one bit of a number."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ownconda.channels.gate.needs import accepting, is_conditional, is_plain, is_readable, name_of, requirements
from ownconda.conda.names import VIRTUAL
from ownconda.conda.records import Record
from ownconda.conda.versions import is_version, version_key
from ownconda.graph.components import strong_components

ANY = -1
"""All bits: whatever there is of a name."""

Specs = tuple[tuple[str, str], ...]
"""Names, each with a spec that is about it."""
Chosen = Mapping[str, int]
"""By name, which of its records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What a record needs of other names, and what it bars where they are there.

    ``is_exact`` if no spec says more than that; otherwise more may be asked than is told here, never less.
    """

    needs: Chosen
    bars: Chosen
    virtual_needs: tuple[str, ...]
    virtual_bars: tuple[str, ...]
    is_exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a record's specs say, whatever there is beside it."""

    needs: Specs
    bars: Specs
    virtual_needs: tuple[str, ...]
    virtual_bars: tuple[str, ...]
    is_exact: bool


class Choices:
    """All records that clients on machines of one subdir choose from."""

    def __init__(self, records: Mapping[str, Record]) -> None:
        self._of_name = _by_name(record for record in records.values() if is_version(record.version))
        self._places = {
            record.path: (name, 1 << number)
            for name, some in self._of_name.items()
            for number, record in enumerate(some)
        }
        self._taken: dict[str, int] = {}
        self._demands: dict[str, Demands] = {}
        self._at: dict[tuple[str, int], Demands] = {}

    def place(self, path: str) -> tuple[str, int] | None:
        """Give a record's name and its bit; None for one that no client can read."""
        return self._places.get(path)

    def of_name(self, name: str) -> tuple[Record, ...]:
        """Give all records of a name, the newest first."""
        return self._of_name.get(name, ())

    def demands(self, record: Record) -> Demands:
        """Tell what a record asks of others."""
        found = self._demands.get(record.path)
        if found is None:
            found = self._demands[record.path] = self._read(record)
        return found

    def demands_at(self, name: str, bit: int) -> Demands:
        """Tell what the record asks of others that a bit stands for."""
        found = self._at.get((name, bit))
        if found is None:
            found = self._at[name, bit] = self.demands(self._of_name[name][bit.bit_length() - 1])
        return found

    @cached_property
    def circular(self) -> frozenset[str]:
        """Names that may be needed by what they need themselves."""
        edges = self._edges
        return frozenset(
            name for some in strong_components(edges) for name in some if len(some) > 1 or name in edges[name]
        )

    @cached_property
    def unreadable(self) -> frozenset[str]:
        """Names at which a solver may stumble: of what it reads with them, it can't read something."""
        frontier = {
            name
            for name, records in self._of_name.items()
            if not all(is_readable(spec) for one in records for spec in (*requirements(one), *one.constrains))
        }
        found = set(frontier)
        while frontier:
            frontier = {name for name, needed in self._edges.items() if not needed.isdisjoint(frontier)} - found
            found |= frontier
        return frozenset(found)

    @cached_property
    def _edges(self) -> Mapping[str, frozenset[str]]:
        return {
            name: frozenset(one for record in records for one in map(name_of, requirements(record)))
            & self._of_name.keys()
            for name, records in self._of_name.items()
        }

    def _read(self, record: Record) -> Demands:
        said = _said(record.depends, record.constrains)
        return Demands(
            needs=self._met(said.needs),
            bars=self._met(said.bars),
            virtual_needs=said.virtual_needs,
            virtual_bars=said.virtual_bars,
            is_exact=said.is_exact and '"extra_depends"' not in record.json and not record.name.startswith(VIRTUAL),
        )

    def _met(self, specs: Specs) -> Chosen:
        found: dict[str, int] = {}
        for name, spec in specs:
            found[name] = found.get(name, ANY) & self._taken_by(spec, name)
        return found

    def _taken_by(self, spec: str, name: str) -> int:
        bits = self._taken.get(spec)
        if bits is None:
            takes = accepting(spec)
            numbered = enumerate(self.of_name(name))
            bits = sum(1 << number for number, one in numbered if takes(one.version, one.build))
            self._taken[spec] = bits
        return bits


@lru_cache(maxsize=65_536)
def _said(depends: tuple[str, ...], constrains: tuple[str, ...]) -> _Said:
    needs, virtual_needs = _divided(depends)
    bars, virtual_bars = _divided(constrains)
    return _Said(
        needs=tuple((name_of(spec), spec) for spec in needs if not is_conditional(spec)),
        bars=tuple((name_of(spec), spec) for spec in bars if is_plain(spec)),
        virtual_needs=virtual_needs,
        virtual_bars=virtual_bars,
        is_exact=all(map(is_plain, (*depends, *constrains))),
    )


def _divided(specs: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tell specs about packages from those about machines."""
    virtual = tuple(spec for spec in specs if name_of(spec).startswith(VIRTUAL))
    return tuple(spec for spec in specs if spec not in virtual) if virtual else specs, virtual


def _by_name(records: Iterable[Record]) -> dict[str, tuple[Record, ...]]:
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[record.name.lower()].append(record)
    return {name: tuple(sorted(some, key=_age, reverse=True)) for name, some in found.items()}


def _age(record: Record) -> tuple[object, ...]:
    return version_key(record.version), record.build_number, record.timestamp


def bits_of(number: int) -> Iterator[int]:
    """Give each bit of a number, the lowest first."""
    while number:
        bit = number & -number
        yield bit
        number ^= bit
