"""Where archives are looked for, as the settings say."""

import os

from ownconda.building.materials import Store
from ownconda.pypi.configuration import configured_indexes
from ownconda.settings import Settings, cache_folder
from ownconda.sources.fetching import places
from ownconda.wires.http import session


def source_store(settings: Settings) -> Store:
    """Join what the settings say of sources to the places in which archives are looked for."""
    cache = settings.sources.cache or cache_folder(os.environ) / "sources"
    index = settings.sources.python_index
    return Store(
        cache=cache,
        places=places(
            session=session(ca_file=settings.ca_file),
            cache=cache,
            forge_url=settings.forge.url,
            mirrors=settings.sources.mirrors,
            python_indexes=[index] if index else configured_indexes(os.environ),
            debian=settings.sources.debian,
        ),
    )
