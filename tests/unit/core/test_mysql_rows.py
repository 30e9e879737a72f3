"""Rows are read as PyMySQL itself reads them."""

import struct
from typing import Any

import pytest
from pymysql.connections import MySQLResult
from pymysql.converters import convert_datetime
from pymysql.protocol import MysqlPacket

from nova.core.connections import connection_class
from nova.core.mysql_rows import Quick, Rows

LONG = "\N{GREEK SMALL LETTER ALPHA}" * 40_000
TEXT, NUMBER, BYTES = ("utf8", None), ("ascii", int), (None, None)
TIME = ("ascii", convert_datetime)


def encoded(value: bytes | None) -> bytes:
    if value is None:
        return b"\xfb"
    if len(value) < 251:
        return bytes([len(value)]) + value
    if len(value) < 1 << 16:
        return b"\xfc" + struct.pack("<H", len(value)) + value
    return b"\xfd" + struct.pack("<I", len(value))[:3] + value


def read(kind: type[MySQLResult], converters: Any, fields: list[bytes | None]) -> Any:
    result = kind.__new__(kind)
    result.converters = converters
    packet = MysqlPacket(b"".join(map(encoded, fields)), "utf8")
    return result._read_row_from_packet(packet)


@pytest.mark.parametrize(
    ("converters", "fields", "row"),
    [
        ([TEXT, NUMBER, BYTES], [b"name", b"-12", b"\xff\x00"], ("name", -12, b"\xff\x00")),
        ([TEXT, TEXT, NUMBER], [None, b"", None], (None, "", None)),
        ([TEXT, TEXT], [b"x" * 250, b"y" * 251], ("x" * 250, "y" * 251)),
        ([TEXT, NUMBER], [LONG.encode(), b"7"], (LONG, 7)),
        ([TIME], [b"2026-01-02 03:04:05.000006"], None),
    ],
)
def test_fields_of_every_length(converters: Any, fields: list[bytes | None], row: Any) -> None:
    quick = read(Rows, converters, fields)
    assert quick == read(MySQLResult, converters, fields)
    assert row is None or quick == row


def test_our_connections_read_so() -> None:
    assert issubclass(connection_class(), Quick)
