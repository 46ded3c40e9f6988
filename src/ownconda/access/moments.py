"""Times as people and programs read them."""

from datetime import UTC, datetime


def written_moment(milliseconds: int) -> str:
    """Write a time, given in milliseconds since 1970, as ISO 8601 in UTC."""
    text = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")
    return text.replace("+00:00", "Z")
