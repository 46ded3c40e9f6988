"""Dead ends: records that lack something that they need altogether, which can be told without a solver."""

from collections import defaultdict
from collections.abc import Mapping

from ownconda.channels.gate.needs import accepting, is_conditional, name_of
from ownconda.conda.machines import Machine
from ownconda.conda.names import VIRTUAL
from ownconda.conda.records import Record
from ownconda.conda.versions import version_key


class Ways:
    """Which specs the records of one subdir have, and what might fit each: the newest first."""

    def __init__(self, records: Mapping[str, Record]) -> None:
        self._candidates: defaultdict[str, list[Record]] = defaultdict(list)
        self._holders: defaultdict[str, list[str]] = defaultdict(list)
        for path, record in records.items():
            self._candidates[record.name].append(record)
            for spec in record.depends:
                self._holders[spec].append(path)
        for candidates in self._candidates.values():
            candidates.sort(key=lambda one: version_key(one.version), reverse=True)

    def dead_ends(self, machine: Machine) -> dict[str, str]:
        """Give the paths of what can't be installed on a machine, each with the first reason that was found.

        What isn't among them may be uninstallable nevertheless: whether needs contradict each other isn't asked.
        """
        dead: dict[str, str] = {}
        watched: defaultdict[str, list[str]] = defaultdict(list)
        to_look_at = list(self._holders)
        while to_look_at:
            spec = to_look_at.pop()
            way = self._way(spec, machine, dead)
            if way:
                watched[way].append(spec)
                continue
            for path in self._holders[spec]:
                if path not in dead:
                    dead[path] = f"it needs {spec}, which nothing fits that could be installed on {machine.name}"
                    to_look_at.extend(watched.pop(path, ()))
        return dead

    def _way(self, spec: str, machine: Machine, dead: Mapping[str, str]) -> str | None:
        """Give something that fits a spec and isn't dead: a record's path, or the machine's name."""
        name = name_of(spec)
        virtual = machine.virtual(name) if name.startswith(VIRTUAL) else None
        accepts = accepting(spec)
        if is_conditional(spec) or (virtual and accepts(virtual.version, virtual.build)):
            return machine.name
        return next(
            (
                one.path
                for one in self._candidates.get(name, ())
                if one.path not in dead and accepts(one.version, one.build)
            ),
            None,
        )
