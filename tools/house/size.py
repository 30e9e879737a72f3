"""A file can be read in one sitting."""

from collections.abc import Iterator

from tools.house.source import Complaint, Source

MOST_LINES = 500


def look(source: Source) -> Iterator[Complaint]:
    lines = source.text.count("\n")
    if lines > MOST_LINES:
        yield Complaint(source.path, MOST_LINES, f"{lines} lines, more than {MOST_LINES}")
