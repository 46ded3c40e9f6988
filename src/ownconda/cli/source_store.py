"""Where archives are looked for, as the settings say."""

import functools
import os
from pathlib import Path

from ownconda.building.store import Store
from ownconda.errors import OutsideError, Where
from ownconda.settings.files import cache_folder
from ownconda.settings.tree import Settings
from ownconda.sources.places import Place


def source_store(settings: Settings, *, offline: bool = False) -> Store:
    """Join what the settings say of sources to a store that opens its places when something is missing.

    ``offline``, or the setting of that name, lets it ask nobody but the cache, folders and the forge.
    """
    cache = settings.sources.cache or cache_folder(os.environ) / "sources"
    alone = offline or settings.offline
    return Store(cache=cache, offline=alone, places=functools.cache(lambda: _places(settings, cache, offline=alone)))


def readable_store(settings: Settings, *, offline: bool = False) -> Store:
    """Join them as `source_store` does, for commands that are about the cache itself.

    Raises OutsideError when it can't be read; one that isn't there yet is empty.
    """
    store = source_store(settings, offline=offline)
    try:
        os.scandir(store.cache).close()
    except FileNotFoundError:
        pass
    except OSError as error:
        hint = "the setting sources.cache says where sources are kept"
        raise OutsideError(f"can't be read: {error.strerror}", where=Where(file=store.cache), hint=hint) from error
    return store


def _places(settings: Settings, cache: Path, *, offline: bool) -> tuple[Place, ...]:
    # a fifth of a second of imports, for builds that have nothing to fetch
    from ownconda.pypi.configuration import configured_indexes  # noqa: PLC0415
    from ownconda.sources.all_places import places  # noqa: PLC0415
    from ownconda.wires.http import session  # noqa: PLC0415

    index = settings.sources.python_index
    return places(
        session=session(ca_file=settings.ca_file),
        cache=cache,
        forge_url=settings.forge.url,
        mirrors=settings.sources.mirrors,
        python_indexes=[index] if index else configured_indexes(os.environ),
        debian=settings.sources.debian,
        offline=offline,
    )
