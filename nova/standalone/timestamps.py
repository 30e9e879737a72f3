"""Times as the three protocols write them."""

from datetime import UTC, datetime


def precise(moment: datetime) -> str:
    """2030-01-02T03:04:05.000006Z: Keystone's form; sorts as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seconds(moment: datetime) -> str:
    """2030-01-02T03:04:05Z: Glance's and Neutron's form."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(text: str) -> datetime:
    """Raises ValueError when `text` is not an ISO 8601 time; UTC when unzoned."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
