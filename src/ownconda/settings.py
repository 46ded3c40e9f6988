"""The one frozen configuration: ownconda.toml files, environment variables, defaults. Only doors read it.

The system's file, the user's, the project's (found upwards from the working directory) and ``OWNCONDA_*``
variables are merged in that order; `origins` tells where each value came from.
"""

import difflib
import functools
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args, get_origin

import cattrs
import typed_settings
import typed_settings.dict_utils
from typed_settings.converters import get_default_cattrs_converter
from typed_settings.types import LoadedSettings, LoaderMeta, OptionList, SettingsClass

from ownconda.errors import Problem, Where, WrongInputError

FILE_NAME = "ownconda.toml"
SECTION = "ownconda"
PREFIX = "OWNCONDA_"

PLACES = frozenset({"sources.mirrors", "build.render_cache"})
"""The settings whose texts are folders, or something else that no folder is meant by: an address, OFF."""

OFF = "off"
"""The word that stands for a folder where none is wanted."""

_LINE = re.compile(r"\(at line (\d+)")
_MEANT: Mapping[object, tuple[str, str | None]] = MappingProxyType(
    {
        list: ("a list of strings", 'such as ["one"]'),
        dict: ("a table of strings", 'such as {name = "value"}'),
        bool: ("true or false", None),
        int: ("a whole number", None),
        float: ("a number", None),
    }
)
_A_STRING = ("a string", None)
_WRITTEN: Mapping[object, re.Pattern[str]] = MappingProxyType(
    {
        bool: re.compile("true|yes|on|1|false|no|off|0", re.IGNORECASE),
        int: re.compile(r"\d+"),
        float: re.compile(r"\d+(\.\d+)?"),
    }
)
"""How a variable may write what isn't a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """A channel of a forge: where its packages are promoted from, and whether a gate checks what it becomes.

    ``archive`` is the channel that keeps all that ever entered this one; ``base`` and ``overrides`` are the channels
    that it stands on and stands before (CEP 42). The others are rules of the gate: for how many ``days`` a package has
    to have been where it is promoted from, which kinds of sidecars it needs (``provenance``, ``sbom``, ``publish``,
    ``signatures``), that its newest version doesn't get lower, that no variant is lost, and that the ``tests`` of what
    needs it have passed with it. ``snapshots`` is for how long a snapshot without a tag is kept when a newer one took
    its place, such as ``90 days`` (empty: for ever). ``current_repodata`` has current_repodata.json written for clients
    that ask for it; ``tar_bz2`` lets clients older than conda 4.7 have every package as .tar.bz2, from the channel's
    sibling ``<channel>.tar-bz2``.
    """

    promoted_from: str = ""
    gated: bool = False
    archive: str = ""
    base: str = ""
    overrides: str = ""
    days: float = 0.0
    provenance: list[str] = field(default_factory=list)
    no_downgrade: bool = False
    no_variant_lost: bool = False
    tests: bool = False
    current_repodata: bool = False
    tar_bz2: bool = False
    snapshots: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """A cache of the channel at ``url``: what is asked for there is fetched once, checked and kept.

    An index is asked for again after so many ``minutes``. What is let through: packages that have been listed for so
    many ``days``, that one of ``specs`` chooses (without any: all), that none of ``held`` does, and whose licence the
    policy takes. What nobody asked for within ``kept``, such as ``90 days``, may go, and what makes it more than
    ``gigabytes`` (empty and 0: nothing goes).
    """

    url: str = ""
    minutes: float = 10.0
    days: float = 0.0
    specs: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    kept: str = ""
    gigabytes: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSettings:
    """A kind of machine that packages have to be installable on: what it has, such as ``__glibc=2.28``."""

    subdir: str = "linux-64"
    virtual_packages: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeSettings:
    """The forge that commands talk to, with a ``token``, or in a GitLab job with its ``id_token``.

    For a forge itself: its ``channels`` (without any: the default ones), and the ``machines`` that its gates ask about
    (where a subdir has none: the usual one). ``journal`` is a file in a second place that is told of every file's name
    and checksum before an upload is acknowledged. ``count_downloads`` is to be off where a web server stands before it
    and its logs are counted: ``ownconda forge count-downloads``. ``public_url`` is the address by which clients see it
    (default: the one that each request is for). ``caches`` are channels elsewhere that it keeps what was asked for of.
    ``proxies`` are the networks (CIDR) of web servers that stand before it: they alone are believed where a request
    comes from, which user they authenticated (``user_header``), and which certificate they were shown
    (``certificate_header``, as nginx's ``$ssl_client_escaped_cert``). With ``tls_certificate`` and ``tls_key`` it ends
    TLS itself; with ``client_certificates`` it lets nobody connect who has none of its own authority.
    """

    url: str = "http://127.0.0.1:8765"
    token: typed_settings.SecretStr = field(default_factory=typed_settings.SecretStr)
    id_token: typed_settings.SecretStr = field(default_factory=typed_settings.SecretStr)
    channels: dict[str, ChannelSettings] = field(default_factory=dict)
    caches: dict[str, CacheSettings] = field(default_factory=dict)
    machines: dict[str, MachineSettings] = field(default_factory=dict)
    journal: Path | None = None
    count_downloads: bool = True
    public_url: str = ""
    proxies: list[str] = field(default_factory=list)
    user_header: str = ""
    certificate_header: str = ""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    client_certificates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """Who may do what in a forge.

    ``who`` are ``anybody``, or patterns such as ``pipeline:own/*``, ``pipeline:own/zlib@main``, ``person:ann``,
    ``group:packagers``, ``token:nightly``, ``certificate:build-*``, ``user:ann``. ``may`` are actions: ``read``,
    ``upload``, ``promote``, ``manage``, ``waive``, ``purge``, ``administer``. ``channels`` and ``names`` (of packages)
    are patterns. Pipelines can be asked to be of a ``protected`` ref or of some ``environments``; ``networks`` are the
    addresses (CIDR) that requests have to come from.
    """

    who: list[str] = field(default_factory=list)
    may: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=lambda: ["*"])
    names: list[str] = field(default_factory=lambda: ["*"])
    protected: bool = False
    environments: list[str] = field(default_factory=list)
    networks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerSettings:
    """Who vouches for ``pipelines`` or ``people`` (``kind``), by OpenID Connect.

    ``url`` is its address as its id tokens name it; ``audience`` is whom they have to be for: for people the id of the
    application that they log in to (default, for pipelines: ``forge.public_url``).
    """

    url: str = ""
    kind: str = "pipelines"
    audience: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSettings:
    """Who may what in a forge, by ``rules``: what none of them allows is denied, but for what a token was made for.

    Without any rules everybody may read. ``issuers`` vouch for pipelines and people. ``names`` are package names and
    patterns of them, each with whom it belongs to: nobody else may upload packages that are called so.
    """

    rules: dict[str, RuleSettings] = field(default_factory=dict)
    issuers: dict[str, IssuerSettings] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSettings:
    """How packages are built.

    ``jobs`` is how many are built at a time (0: as many as there are cores); ``timeout`` is in minutes, for each of a
    package's build and its tests (0: none); ``path`` is where scripts find the system's programs (default: its usual
    folders); ``writable`` are folders that they may write to beside their own. ``container`` is the program that
    ``--in`` runs containers with, and what goes before its commands (default: podman, or docker);
    ``container_options`` are further options of its ``run``. ``render_cache`` is a folder of ours (default: in the
    user's cache; "off": none); ``builder`` is the address that provenance gives as the builder's (default: GitLab's
    runner's, if any).
    """

    recipes: Path = Path("recipes")
    output: Path = Path(".ownconda/channel")
    variants: list[Path] = field(default_factory=list)
    target_platform: str = ""
    jobs: int = 0
    timeout: float = 0.0
    path: str = ""
    writable: list[Path] = field(default_factory=list)
    container: str = ""
    container_options: str = ""
    render_cache: str = ""
    builder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """Where upstream archives are looked for, beside their own addresses.

    ``cache`` is a folder of ours (default: in the user's cache); ``python_index`` a PEP 503 base address (default:
    pip's configuration); ``mirrors`` are folders and HTTP addresses; ``debian`` names a Debian release whose source
    archive is asked through apt-get (empty: it isn't).
    """

    cache: Path | None = None
    python_index: str = ""
    mirrors: list[str] = field(default_factory=list)
    debian: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """What the organisation allows; `ownconda.policy.policy` asks the questions.

    ``glibc`` is the C library of the oldest system that packages are for (default: that of the machine or image that
    builds; recipes are held against 2.28); ``system_libraries`` are file names, and names of lists such as
    ``manylinux_2_28`` (default: the C library and GCC's runtime; recipes may name what is in that list).
    """

    licences_allowed: list[str] = field(default_factory=list)
    licences_denied: list[str] = field(default_factory=list)
    hosts_allowed: list[str] = field(default_factory=list)
    system_libraries: list[str] = field(default_factory=list)
    glibc: str = ""
    requirements_forbidden: dict[str, str] = field(default_factory=dict)
    requirements_replaced: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateSettings:
    """How bad what the rules find in recipes is: by rule, and by patterns of folders."""

    rules: dict[str, str] = field(default_factory=dict)
    folders: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningSettings:
    """What uploads are signed with, and whose signatures are trusted.

    ``key`` is a private key in PEM, with its ``passphrase`` if it has one; ``trusted_keys`` are public keys.
    ``trusted_identities`` are identities that Sigstore vouches for, each with its issuer; ``sigstore_config`` is the
    trust config of a Sigstore of one's own (default: the public good instance).
    """

    key: Path | None = None
    passphrase: typed_settings.SecretStr = field(default_factory=typed_settings.SecretStr)
    trusted_keys: list[Path] = field(default_factory=list)
    trusted_identities: dict[str, str] = field(default_factory=dict)
    sigstore_config: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FarmSettings:
    """The GitLab runners that `ownconda build --pipeline` writes a pipeline for.

    ``tags`` are rules such as ``linux-64: docker``; ``sigstore`` gives the job that uploads an id token to sign with;
    ``jobs`` and ``needs`` are GitLab's limits for a pipeline and for a job.
    """

    channel: str = "testing"
    handover: str = ""
    image: str = ""
    setup: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    environment: str = ""
    sigstore: bool = False
    timeout: str = ""
    keep: str = "1 week"
    jobs: int = 500
    needs: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceSettings:
    """Who `ownconda channel announce` tells of changes.

    By mail, through the SMTP server at ``host`` and ``port``, from ``sender`` to each of ``recipients``; a password
    needs ``starttls``. In chats: ``webhooks`` are addresses with spaces between, secret since whoever knows one may
    post.
    """

    host: str = ""
    port: int = 25
    starttls: bool = False
    user: str = ""
    password: typed_settings.SecretStr = field(default_factory=typed_settings.SecretStr)
    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    webhooks: typed_settings.SecretStr = field(default_factory=typed_settings.SecretStr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set."""

    forge: ForgeSettings = field(default_factory=ForgeSettings)
    access: AccessSettings = field(default_factory=AccessSettings)
    build: BuildSettings = field(default_factory=BuildSettings)
    farm: FarmSettings = field(default_factory=FarmSettings)
    sources: SourceSettings = field(default_factory=SourceSettings)
    policy: PolicySettings = field(default_factory=PolicySettings)
    validate: ValidateSettings = field(default_factory=ValidateSettings)
    signing: SigningSettings = field(default_factory=SigningSettings)
    announce: AnnounceSettings = field(default_factory=AnnounceSettings)
    channels: list[str] = field(default_factory=list)
    ca_file: Path | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One setting as it stands: its dotted name, its value as text, who set it, and its environment variable."""

    name: str
    value: str
    source: str
    variable: str


def load(start: Path, environment: Mapping[str, str]) -> Settings:
    """Load the settings that hold in the folder ``start``.

    Raises WrongInputError naming the file and the option when a file can't be read or a value doesn't fit.
    """
    return _loaded(_loaders(setting_files(start, environment), environment), start)


def origins(start: Path, environment: Mapping[str, str]) -> list[Origin]:
    """Tell every setting, its value, and where that came from."""
    loaders = _loaders(setting_files(start, environment), environment)
    settings = _loaded(loaders, start)
    return [
        Origin(
            name=option.path,
            value=_shown(_value(settings, option.path)),
            source=next((one.name_of(option.path) for one in reversed(loaders) if one.has(option.path)), "default"),
            variable=_variable(option.path),
        )
        for option in _options()
    ]


def unknown_variables(environment: Mapping[str, str]) -> list[Problem]:
    """Find the variables that look like settings of ours and are none: nothing reads them."""
    known = [_variable(option.path) for option in _options()]
    return [
        Problem(what="is no setting, it is ignored", where=Where(file=name), hint=_nearest(name, known))
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in known
    ]


def setting_files(start: Path, environment: Mapping[str, str]) -> list[Path]:
    """Give the files that are there, the weakest first: the system's, the user's, the project's."""
    home = Path(environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "/")) / ".config")
    upwards = next((folder / FILE_NAME for folder in (start, *start.parents) if (folder / FILE_NAME).is_file()), None)
    candidates = [Path("/etc") / SECTION / FILE_NAME, home / SECTION / FILE_NAME, upwards]
    return [path for path in candidates if path is not None and path.is_file()]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loader:
    """What one place sets: options by their dotted names. ``place`` is a file, or None for the environment."""

    place: Path | None
    values: Mapping[str, object]

    def __call__(self, settings_cls: SettingsClass, options: OptionList) -> LoadedSettings:  # noqa: ARG002  (its Protocol)
        """Hand them on as typed-settings has it; paths are relative to the file."""
        nested: dict[str, Any] = {}
        for name, value in self.values.items():
            typed_settings.dict_utils.set_path(nested, name, self._anchored(name, value))
        base = Path() if self.place is None else self.place.parent
        return LoadedSettings(nested, LoaderMeta(str(self.place or "environment"), base_dir=base))

    def _anchored(self, name: str, value: object) -> object:
        """Let folders among texts that may be something else, too, be relative to the file."""
        if self.place is None or name not in PLACES:
            return value
        return [self._beside(text) for text in value] if isinstance(value, list) else self._beside(str(value))

    def _beside(self, text: str) -> str:
        if self.place is None or "://" in text or text in {"", OFF}:
            return text
        return str(self.place.parent / Path(text).expanduser())

    def has(self, option: str) -> bool:
        return option in self.values

    def name_of(self, option: str) -> str:
        return _variable(option) if self.place is None else str(self.place)


def _loaders(files: Sequence[Path], environment: Mapping[str, str]) -> list[_Loader]:
    """Read every place, the weakest first. All that is wrong with the files is told together."""
    loaders: list[_Loader] = []
    problems: list[Problem] = []
    for file in files:
        found = dict(_flat(_read(file)))
        problems.extend(_problems(file, found))
        loaders.append(_Loader(place=file, values=found))
    given = {
        option.path: _table(_variable(option.path), value) if get_origin(option.cls) is dict else value
        for option in _options()
        if (value := environment.get(_variable(option.path))) or (value is not None and not _needs_text(option.cls))
    }
    problems.extend(_wrong_texts(given))
    if problems:
        raise WrongInputError.of(problems)
    return [*loaders, _Loader(place=None, values=given)]


def _table(variable: str, text: str) -> object:
    """Read a table from a variable, written as TOML has it in one line."""
    try:
        found = tomllib.loads(f"table = {text or '{}'}")["table"]
    except tomllib.TOMLDecodeError:
        found = text
    if not isinstance(found, dict):
        meant, example = _MEANT[dict]
        raise WrongInputError(f"{meant} is meant, not {text!r}", where=Where(file=variable), hint=example)
    return found


def _read(file: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(file.read_bytes().decode())
    except OSError as error:
        raise WrongInputError(f"can't be read: {error.strerror}", where=Where(file=file)) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise WrongInputError("isn't UTF-8", where=Where(file=file, line=line), hint="TOML files are UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        line_found = _LINE.search(str(error))
        where = Where(file=file, line=int(line_found[1]) if line_found else None)
        raise WrongInputError(f"isn't TOML: {error}", where=where) from error


def _flat(settings: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    sections = {option.path.rpartition(".")[0] for option in _options()}
    for key, value in settings.items():
        name = f"{prefix}{key.replace('-', '_')}"
        if isinstance(value, dict) and name in sections:
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


def _problems(file: Path, found: Mapping[str, object]) -> Iterator[Problem]:
    known = {option.path: option.cls for option in _options()}
    for name, value in found.items():
        where = Where(file=file, field=name)
        shown = "this" if known.get(name) is typed_settings.SecretStr else repr(value)
        if name not in known:
            yield Problem(what="there is no such setting", where=where, hint=_nearest(name, list(known)))
        elif tables := _tables(known[name], value):
            kind, named = tables
            for key, table in named.items():
                yield from _problems_of_table(file, f"{name}.{key}", kind, table)
        elif not _fits(known[name], value):
            meant, example = _MEANT.get(get_origin(known[name]) or known[name], _A_STRING)
            yield Problem(what=f"{meant} is meant, not {shown}", where=where, hint=example)


def _tables(kind: object, value: object) -> tuple[type, dict[str, object]] | None:
    """Give the tables that a setting is made of, each of a kind of its own, if it is made so."""
    inner = get_args(kind)[1] if get_origin(kind) is dict else None
    return (inner, value) if isinstance(inner, type) and is_dataclass(inner) and isinstance(value, dict) else None


def _problems_of_table(file: Path, place: str, kind: type, table: object) -> Iterator[Problem]:
    known = {one.name: one.type for one in fields(kind)}
    if not isinstance(table, dict):
        yield Problem(what=f"a table is meant, not {table!r}", where=Where(file=file, field=place))
        return
    for key, value in table.items():
        where = Where(file=file, field=f"{place}.{key}")
        if key not in known:
            yield Problem(what="there is no such setting", where=where, hint=_nearest(key, list(known)))
        elif not _fits(known[key], value):
            meant, example = _MEANT.get(known[key], _A_STRING)
            yield Problem(what=f"{meant} is meant, not {value!r}", where=where, hint=example)


def _fits(kind: object, value: object) -> bool:
    """Tell whether a value is of an option's kind: a string, a number, a switch, or a list or table of strings."""
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind in {bool, int}:
        return type(value) is kind
    if get_origin(kind) is list:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if get_origin(kind) is dict:
        inner = get_args(kind)[1]
        return isinstance(value, dict) and all(_fits(inner, item) for item in value.values())
    return isinstance(value, str)


def _loaded(loaders: Sequence[_Loader], start: Path) -> Settings:
    return typed_settings.load_settings(Settings, loaders, converter=_converter(), base_dir=start)


@functools.cache
def _options() -> OptionList:
    return typed_settings.SettingsState(Settings, [], [], _converter(), Path()).options


def _variable(option: str) -> str:
    return f"{PREFIX}{option.upper().replace('.', '_')}"


def _wrong_texts(given: Mapping[str, object]) -> Iterator[Problem]:
    """Tell the variables whose text isn't what a switch or a number may be written as."""
    for option in _options():
        text = given.get(option.path)
        pattern = _WRITTEN.get(option.cls)
        if isinstance(text, str) and pattern is not None and not pattern.fullmatch(text.strip()):
            meant, _ = _MEANT[option.cls]
            yield Problem(what=f"{meant} is meant, not {text!r}", where=Where(file=_variable(option.path)))


def _needs_text(kind: object) -> bool:
    return kind in {Path, bool, int, float} or Path in get_args(kind)  # an empty text is none of these


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else "`ownconda config` shows every setting"


def _converter() -> cattrs.Converter:
    converter = get_default_cattrs_converter()
    typed_settings.register_strlist_hook(converter, sep=",")  # addresses hold colons
    return converter


def _value(settings: object, path: str) -> object:
    for part in path.split("."):
        settings = getattr(settings, part)
    return settings


def _shown(value: object) -> str:
    if isinstance(value, typed_settings.SecretStr):
        return "*****" if str.__len__(value) else ""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(item)}" for key, item in value.items())
    if is_dataclass(value) and not isinstance(value, type):
        return f"{{{_shown({name: one for name, one in asdict(value).items() if one})}}}"
    return "" if value is None else str(value)


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Give the folder in which ownconda may keep what it can fetch again (XDG base directory specification)."""
    return Path(environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME", os.sep)) / ".cache") / SECTION
