"""What a failed statement means, on each database.

Drivers tell by number (MySQL), SQLSTATE (PostgreSQL) or sentence (SQLite).
"""

from enum import Enum, auto
from typing import Any

from sqlalchemy import exc


class Meaning(Enum):
    LOST_RACE = auto()
    """Rolled back for the sake of another transaction; doing it again helps."""
    DISCONNECTED = auto()
    UNREACHABLE = auto()
    MISCONFIGURED = auto()
    """Address, name or password are wrong, or the tables are not there."""
    DUPLICATE = auto()
    NO_PARENT = auto()
    BAD_PATTERN = auto()
    OTHER = auto()


_MYSQL = {
    Meaning.LOST_RACE: {1205, 1213, 1020, 1637},
    Meaning.DISCONNECTED: {2006, 2013, 2014, 2045, 2055, 4031, 1927},
    Meaning.UNREACHABLE: {1040, 1047, 1053, 1129, 1203, 1226, 1290, 1792, 1836, 2002, 2003, 2005},
    Meaning.MISCONFIGURED: {1044, 1045, 1049, 1146, 1698},
    Meaning.DUPLICATE: {1062, 1586},
    Meaning.NO_PARENT: {1216, 1217, 1451, 1452},
    Meaning.BAD_PATTERN: {1139, 3685, 3686, 3688, 3690, 3691, 3692, 3695, 3696},
}
_POSTGRESQL = {
    Meaning.LOST_RACE: {"40001", "40P01", "55P03"},
    Meaning.DISCONNECTED: {"57P01", "57P02", "08003", "08006"},
    Meaning.UNREACHABLE: {"57P03", "53300", "53400", "08001", "08004", "25006"},
    Meaning.MISCONFIGURED: {"28000", "28P01", "3D000", "42P01", "42501"},
    Meaning.DUPLICATE: {"23505"},
    Meaning.NO_PARENT: {"23503"},
    Meaning.BAD_PATTERN: {"2201B"},
}
_SENTENCES = (
    ("database is locked", Meaning.LOST_RACE),
    ("database table is locked", Meaning.LOST_RACE),
    ("UNIQUE constraint failed", Meaning.DUPLICATE),
    ("FOREIGN KEY constraint failed", Meaning.NO_PARENT),
    ("no such table", Meaning.MISCONFIGURED),
    ("unable to open database file", Meaning.UNREACHABLE),
    ("disk I/O error", Meaning.UNREACHABLE),
    ("user-defined function raised exception", Meaning.BAD_PATTERN),
    # PostgreSQL refusing a login says so without a SQLSTATE.
    ("password authentication failed", Meaning.MISCONFIGURED),
    ("does not exist", Meaning.MISCONFIGURED),
)
_CODES: dict[Any, Meaning] = {
    code: meaning
    for table in (_MYSQL, _POSTGRESQL)
    for meaning, codes in table.items()
    for code in codes
}


class Duplicate(Exception):
    """A row with the same unique columns is there already.

    `text` is the driver's sentence: it names columns or the constraint.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def concerns(self, *names: str) -> bool:
        return any(name in self.text for name in names)


class NoParent(Exception):
    """The row that this one belongs to is not there (any more)."""


def meaning(error: exc.DBAPIError) -> Meaning:
    """What the driver's error stands for."""
    cause = error.orig
    code = getattr(cause, "pgcode", None) or (cause.args[0] if cause and cause.args else None)
    known = _CODES.get(code) if isinstance(code, int | str) else None
    if known is not None:
        return known
    if error.connection_invalidated:
        return Meaning.DISCONNECTED
    text = str(cause)
    for sentence, found in _SENTENCES:
        if sentence in text:
            return found
    if isinstance(error, exc.OperationalError | exc.InterfaceError) and error.statement is None:
        return Meaning.UNREACHABLE
    return Meaning.OTHER


def reason(error: BaseException) -> str:
    """One line for people: without statement, parameters and links."""
    cause = getattr(error, "orig", None) or error
    args = [str(arg) for arg in cause.args] or [str(cause)]
    text = args[1] if len(args) > 1 and args[0].lstrip("-").isdigit() else args[0]
    return " ".join(text.split()) or type(cause).__name__
