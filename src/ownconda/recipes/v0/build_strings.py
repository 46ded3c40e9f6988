"""Build strings as conda-build makes them: languages' versions, a hash of the variant, the build number."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping

from ownconda.errors import WrongInputError
from ownconda.recipes.v0.outputs import Output
from ownconda.recipes.v0.pins import HASH_MARK
from ownconda.recipes.v0.sections import text, texts
from ownconda.recipes.v0.variants import Variant

HASH_LENGTH = 7

_LANGUAGES = (
    ("np", ("numpy",), 2),
    ("py", ("python",), 2),
    ("pl", ("perl",), 3),
    ("lua", ("lua",), 2),
    ("r", ("r", "r-base"), 2),
    ("mro", ("mro-base", "mro-base_impl"), 3),
)
_IN_THE_STRING = ("python", "r_base", "perl", "lua")  # keys that begin so are not hashed
_NUMPY_PINNED = re.compile(r"numpy\s*x\.x|pin_compatible\(\s*['\"]numpy['\"].*max_pin\s*=\s*['\"]x\.x['\"]")


def build_number(output: Output) -> int:
    """Give the build number; nothing counts as 0.

    Raises WrongInputError when it is no whole number.
    """
    written = text(output.build.get("number"))
    if not written:
        return 0
    if not (written.isdecimal() and written.isascii() and len(written) < 10):  # noqa: PLR2004  (conda's own limit)
        raise WrongInputError(f"the build number {written!r} is no whole number")
    return int(written)


def build_string(output: Output, variant: Variant, used: Mapping[str, str], *, text_of_output: str) -> str:
    """Give the build string of an output that uses the values ``used`` of its variant.

    ``text_of_output`` is its raw text, which tells how it asks for numpy.
    """
    digest = variant_hash(output, variant, used, text_of_output=text_of_output)
    written = text(output.build.get("string"))
    if written:
        return with_hash(written, digest)
    pins_numpy = _pins_numpy(text_of_output)
    prefix = "".join(_language_prefixes(output, variant, pins_numpy=pins_numpy))
    features = "_".join(texts(output.build.get("features")))
    kept = "_".join(part for part in (prefix, features) if part) + digest
    return "_".join(part for part in (kept, str(build_number(output))) if part)


def with_hash(written: str, digest: str) -> str:
    """Put the hash (``h123abcd``) where a text asks for it (``PKG_HASH``)."""
    return written.replace(f"h{HASH_MARK}", digest).replace(HASH_MARK, digest[1:])


def variant_hash(output: Output, variant: Variant, used: Mapping[str, str], *, text_of_output: str) -> str:
    """Give the hash of the values that tell this package from its siblings; nothing when there are none."""
    numpy = ("numpy",) if _pins_numpy(text_of_output) else ()
    ignored = (*_IN_THE_STRING, *variant.ignore_version, *numpy)
    hashed = {key: value for key, value in used.items() if not key.startswith(ignored) or " " in value}
    if set(hashed) == {"target_platform"}:
        hashed = {}
    hashed |= {spec.split(" ")[0]: spec for spec in output.requirements.get("run", ()) if spec.startswith("__")}
    if not hashed:
        return ""
    digest = hashlib.sha1(json.dumps(hashed, sort_keys=True).encode(), usedforsecurity=False)
    return f"h{digest.hexdigest()[:HASH_LENGTH]}"


def _pins_numpy(text_of_output: str) -> bool:
    return _NUMPY_PINNED.search(text_of_output) is not None


def _language_prefixes(output: Output, variant: Variant, *, pins_numpy: bool) -> Iterator[str]:
    built_with = output.requirements.get("host" if "host" in output.requirements else "build", ())
    versions = {spec.split()[0]: [*spec.split()[1:], ""][0] for spec in built_with}
    run = output.names("run")
    for sign, names, places in _LANGUAGES:
        for name in names:
            if name not in versions or name not in run or (name == "numpy" and not pins_numpy):
                continue
            if output.noarch == name:
                yield sign
            else:
                yield sign + _shortened(versions[name] or variant.get(name.replace("-", "_")) or "", places) or sign
            break


def _shortened(version: str, places: int) -> str:
    digits = re.match(r"=*(\d+(?:\.\d+)*)", version)
    return "".join(digits[1].split(".")[:places]) if digits else ""
