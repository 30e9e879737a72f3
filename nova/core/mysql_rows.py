"""Rows of MySQL answers, read faster than PyMySQL does.

It calls four functions for each field, which is most of what a long list costs.  Here the
fields of a row are cut out of its packet in one loop.
"""

from typing import Any

from pymysql.connections import Connection, MySQLResult

# What the first byte of a field says unless it is the field's length.
_NULL = 251
# That byte: how many bytes after it are the length.
_WIDTHS = {252: 2, 253: 3, 254: 8}


class Rows(MySQLResult):  # type: ignore[misc,unused-ignore]
    def _read_row_from_packet(self, packet: Any) -> tuple[Any, ...]:
        data, at = packet._data, packet._position
        row: list[Any] = []
        for encoding, converter in self.converters:
            size = data[at]
            at += 1
            if size == _NULL:
                row.append(None)
                continue
            if size > _NULL:
                begin, at = at, at + _WIDTHS[size]
                size = int.from_bytes(data[begin:at], "little")
            begin, at = at, at + size
            value = data[begin:at] if encoding is None else data[begin:at].decode(encoding)
            row.append(value if converter is None else converter(value))
        return tuple(row)


class Quick(Connection):  # type: ignore[misc,unused-ignore]
    """PyMySQL's connection, which reads rows in that way."""

    def _read_query_result(self, unbuffered: bool = False) -> Any:
        if unbuffered:
            return super()._read_query_result(unbuffered)
        self._result, rows = None, Rows(self)
        rows.read()
        self._result = rows
        if rows.server_status is not None:
            self.server_status = rows.server_status
        return rows.affected_rows
