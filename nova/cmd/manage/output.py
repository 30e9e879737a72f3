"""How commands show things."""

import re
from collections.abc import Iterable, Sequence

from prettytable import PrettyTable

_PASSWORD = re.compile(r"(?<=:)[^:/@]*(?=@)")


def print_table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    table = PrettyTable(list(names))
    table.align = "l"
    for row in rows:
        table.add_row(list(row))
    print(table)


def masked(url: str) -> str:
    """The URL with its passwords hidden, also where it is a template or names many hosts."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{_PASSWORD.sub('****', rest)}" if mark else url
