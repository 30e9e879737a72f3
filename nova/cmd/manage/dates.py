"""Dates as operators write them."""

from datetime import UTC, datetime

from dateutil import parser


def read_date(text: str) -> datetime | None:
    """The time that is meant, in UTC unless it says otherwise; None for what is no date."""
    try:
        found = parser.parse(text, fuzzy=True)
    except (ValueError, OverflowError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
