"""What leads from one state of a channel to another, as it is told to people."""

from ownconda.channels.snapshots import Contents
from ownconda.conda.package_changes import PackageChange, package_changes


def told_changes(before: Contents, after: Contents) -> tuple[PackageChange, ...]:
    """Tell which packages are new, updated, rebuilt, yanked or removed; a yanked one isn't offered any more."""
    was = [entry.record for entry in before.values() if not entry.yanked]
    will_be = [entry.record for entry in after.values() if not entry.yanked]
    yanked = frozenset(path for path, entry in after.items() if entry.yanked)
    return package_changes(was, will_be, yanked=yanked)
