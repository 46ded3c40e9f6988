"""What can be set about building: where, from which sources, on which runners, and what it is signed with."""

from dataclasses import dataclass, field
from pathlib import Path

import typed_settings


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
