"""A module is named after the verb or noun it holds."""

from collections.abc import Iterator
from pathlib import PurePath

from tools.house.source import Complaint, Source

# A helper without a home is a concept without a name.
FORBIDDEN = frozenset(
    {"utils", "util", "common", "helpers", "helper", "misc", "base", "manager", "lib"}
)


def look(source: Source) -> Iterator[Complaint]:
    parts = PurePath(source.path).with_suffix("").parts
    for part in FORBIDDEN.intersection(parts):
        yield Complaint(source.path, 1, f'"{part}" says nothing: name what is in it')
