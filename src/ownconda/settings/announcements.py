"""What can be set about who is told of changes."""

from dataclasses import dataclass, field

import typed_settings


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
