"""A channel's terms as its index shows them."""

import functools
import json
from collections.abc import Mapping

from ownconda.channels import public
from ownconda.channels.snapshots import Terms
from ownconda.repodata.info import Info, Relations
from ownconda.repodata.patch_instructions import patches_from
from ownconda.repodata.patches import Patch


def shown_terms(terms: Terms, *, base_url: str = "") -> public.Terms:
    """Give what an index shows of terms; related channels are siblings. ``base_url`` is where the packages lie."""
    relations = Relations(base=_sibling(terms.base), overrides=_sibling(terms.overrides))
    return public.Terms(patches=patches_of(terms), info=Info(base_url=base_url, relations=relations))


def patches_of(terms: Terms) -> Mapping[str, Patch]:
    """Give the patches of each subdir."""
    return _patches(terms.patches) if terms.patches else {}


@functools.lru_cache(maxsize=16)
def _patches(text: str) -> Mapping[str, Patch]:
    return patches_from(json.loads(text))


def _sibling(channel: str) -> str:
    return f"../{channel}" if channel else ""
