"""Names of new servers: theirs, and their guests' host names."""

import re

LONGEST_HOSTNAME = 63


def hostname_of(display_name: str, uuid: str) -> str:
    """A host name made of a display name; 'Server-UUID' when nothing is left of it."""
    text = re.sub(r"[\s_.]", "-", display_name)
    text = re.sub(r"[^a-zA-Z0-9-]+", "", text).lower().strip("-")
    return text[:LONGEST_HOSTNAME].rstrip("-") or f"Server-{uuid}"


def numbered(name: str, number: int, count: int) -> str:
    """The name of the `number`th (from 1) of `count` servers."""
    return name if count == 1 else f"{name}-{number}"
