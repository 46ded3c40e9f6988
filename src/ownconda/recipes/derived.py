"""What is made of all that recipes come to, remembered: the same Builds give the same."""

from collections.abc import Callable
from pathlib import Path

from ownconda.recipes.kept import Kept
from ownconda.recipes.many import Many
from ownconda.recipes.remembered import program


def derived(many: Many, kind: str, make: Callable[[], bytes], *, cache: Path | None) -> bytes:
    """Give what was made of the same Builds the last time, or make it; ``kind`` says what it is.

    ``cache`` is a folder of ours.
    """
    if cache is None or not (digest := many.digest()):
        return make()
    kept, name = Kept(cache), f"{digest}-{program()}.{kind}"
    remembered = kept.get(name)
    if remembered is not None:
        return remembered
    made = make()
    kept.put(name, made)
    return made
