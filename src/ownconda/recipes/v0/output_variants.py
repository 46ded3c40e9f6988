"""The variant values that an output uses, as conda-build counts them."""

from collections.abc import Mapping
from pathlib import Path

from ownconda.recipes.reading import is_file, read_text
from ownconda.recipes.v0.namespaces import Surroundings
from ownconda.recipes.v0.one_variant import Read
from ownconda.recipes.v0.outputs import Output
from ownconda.recipes.v0.sections import texts
from ownconda.recipes.v0.used_variables import OutputText, Use, used_in_script, used_keys
from ownconda.recipes.v0.variants import VariantConfig

_BUILD_SCRIPTS = ("build.sh", "bld.bat")


def own_text_of(selected: OutputText, output: Output) -> str:
    """Give the part of a recipe's text that is about an output."""
    if output.place is None or output.place >= len(selected.outputs):
        return selected.outside
    return selected.outputs[output.place]


def used_by(
    output: Output,
    folder: Path,
    texts_of: tuple[OutputText, OutputText],
    read: Read,
    scripts: frozenset[str],
) -> Mapping[str, str]:
    """Give the variant values that an output uses; ``texts_of`` are the recipe's as written and as selected."""
    values = read.around.variant.values
    written, selected = (own_text_of(one, output) for one in texts_of)
    use = used_keys(written, selected, values.keys())
    used = use.asked | _counting(use, output)
    if output.place is None:
        used |= scripts
    elif output.script and is_file(folder / output.script):
        script = folder / output.script
        used |= used_in_script(read_text(script), values.keys(), batch=script.suffix == ".bat")
    if not output.noarch:
        used |= {"target_platform"}
    used |= {"channel_targets"} & values.keys()
    used -= frozenset(texts(output.build.get("force_ignore_keys")))
    used |= values.keys() & frozenset(texts(output.build.get("force_use_keys")))
    return {key: values[key] for key in sorted(used)}


def _counting(use: Use, output: Output) -> frozenset[str]:
    """Leave out bare requirements that change nothing: those of run alone, and an interpreter of build alone."""
    built, hosted = ({name.replace("-", "_") for name in output.names(kind)} for kind in ("build", "host"))
    return frozenset(
        key
        for key in use.bare
        if key in hosted or (key in built and not (key in {"python", "numpy"} and "host" in output.requirements))
    )


def used_in_build_scripts(folder: Path, config: VariantConfig, around: Surroundings) -> frozenset[str]:
    """Give the keys of variants that the scripts beside a recipe use."""
    used: frozenset[str] = frozenset()
    for name in _BUILD_SCRIPTS:
        is_batch = name.endswith(".bat")
        if (around.is_windows or not is_batch) and is_file(folder / name):
            used |= used_in_script(read_text(folder / name), config.values.keys(), batch=is_batch)
    return used
