"""Excuses: packages that aren't meant for a machine, since it lacks what they need altogether."""

from dataclasses import replace

from ownconda.channels.gate.inquiry import Inquiry
from ownconda.channels.gate.needs import name_of
from ownconda.conda.machines import Machine, VirtualPackage
from ownconda.conda.names import NOARCH
from ownconda.conda.records import Record


def machines_of(record: Record, inquiry: Inquiry) -> tuple[Machine, ...]:
    """Give the machines that a package has to be installable on: those of its subdir; for noarch all."""
    return tuple(machine for machine in inquiry.machines if record.subdir in {machine.subdir, NOARCH})


def is_excused(record: Record, machine: Machine, inquiry: Inquiry) -> bool:
    """Tell whether a package may be uninstallable on a machine, since it is for others.

    Another machine has a virtual package that this one doesn't have in any version, the package can be installed
    there, and lacks nothing else here.
    """
    return any(
        _lacks_only_virtual(record, machine, other, inquiry) and inquiry.can_install(record.path, other)
        for other in machines_of(record, inquiry)
        if other != machine
    )


def _lacks_only_virtual(record: Record, machine: Machine, other: Machine, inquiry: Inquiry) -> bool:
    more = tuple(one for one in other.virtual_packages if machine.virtual(one.name) is None)
    if not more:
        return False
    if machine.subdir != other.subdir and _asks_for_one(record, more):
        return True  # a noarch package for another system: what else it needs needn't be here
    return inquiry.can_install(record.path, _equipped(machine, more))


def _asks_for_one(record: Record, virtual: tuple[VirtualPackage, ...]) -> bool:
    return not {one.name for one in virtual}.isdisjoint(map(name_of, record.depends))


def _equipped(machine: Machine, more: tuple[VirtualPackage, ...]) -> Machine:
    return replace(machine, virtual_packages=(*machine.virtual_packages, *more))
