"""How much memory GitLab reckons for a pipeline's file: it limits that, not the size of the text.

GitLab adds up what Ruby takes for each object of the file once it is read
(https://docs.gitlab.com/administration/instance_limits/#maximum-size-and-depth-of-cicd-configuration-yaml-files).
"""

from collections.abc import Mapping

SLOT = 40
"""Bytes that Ruby takes for any object; larger ones take a slot of twice as much, and so on, or memory beside it."""

EMBEDDED = 24
"""Bytes of a string's slot that aren't its text."""

PAIR = 24
"""Bytes for each pair of a mapping, beside its table."""


def weight(value: object) -> int:
    """Estimate the bytes, rather too many than too few."""
    if isinstance(value, str):
        return _slot(EMBEDDED + len(value.encode()) + 1)
    if isinstance(value, Mapping):
        return SLOT + _table(len(value)) + sum(weight(key) + weight(one) for key, one in value.items())
    if isinstance(value, list | tuple):
        return SLOT + 8 * _next_power(len(value)) + sum(weight(one) for one in value)
    return 0


def _table(pairs: int) -> int:
    return 168 if pairs <= 8 else 16 + PAIR * _next_power(pairs) + 4 * _next_power(2 * pairs)  # noqa: PLR2004  (Ruby's)


def _slot(needed: int) -> int:
    slot = SLOT
    while slot < needed:
        slot *= 2
    return slot


def _next_power(count: int) -> int:
    return 1 << max(count - 1, 0).bit_length()
