"""Package URLs of conda packages: https://github.com/package-url/purl-spec, the type ``conda``."""

from urllib.parse import quote

from ownconda.conda.names import parse_file_name

_SAFE = ".-_~"


def package_url(path: str) -> str:
    """Give the package URL of a file in a channel, ``<subdir>/<file name>``."""
    subdir, _, name = path.rpartition("/")
    parsed = parse_file_name(name)
    qualifiers = {"build": parsed.build, "subdir": subdir, "type": parsed.extension.removeprefix(".")}
    told = "&".join(f"{key}={quote(value, safe=_SAFE)}" for key, value in qualifiers.items() if value)
    return f"pkg:conda/{quote(parsed.name, safe=_SAFE)}@{quote(parsed.version, safe=_SAFE)}?{told}"
