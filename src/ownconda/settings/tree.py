"""Everything that can be set, in its sections."""

from dataclasses import dataclass, field
from pathlib import Path

from ownconda.settings.access import AccessSettings
from ownconda.settings.announcements import AnnounceSettings
from ownconda.settings.builds import BuildSettings, FarmSettings, SigningSettings, SourceSettings
from ownconda.settings.forges import ForgeSettings
from ownconda.settings.policies import PolicySettings, ValidateSettings


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
