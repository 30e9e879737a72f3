"""The named formats."""

from datetime import UTC, datetime

import pytest

from nova.core.formats import FORMATS, is_plain_text, microseconds, zulu
from nova.core.validating import CHECKER

GOOD = {
    "uuid": [
        "8c7c1dd4-5d1a-4b0c-9b4a-3a0d4f6b8f1e",
        "{8c7c1dd45d1a4b0c9b4a3a0d4f6b8f1e}",
        "urn:uuid:8C7C1DD4-5D1A-4B0C-9B4A-3A0D4F6B8F1E",
    ],
    "base64": ["", "YWJj", "YW\nJj", "YQ=="],
    "cidr": ["10.0.0.0/8", "10.1.2.3/8", "fe80::/10"],
    "uri": ["http://a/b", "ftp://x"],
    "regex": ["a.*", "[a-z]"],
    "date-time": [
        "2026-08-21T12:00:00Z",
        "2026-08-21T12:00:00+02:00",
        "2026-08-21T12:00:00.123456",
    ],
    "ipv4": ["1.2.3.4"],
    "ipv6": ["::1", "fe80::1"],
    "printable": ["", "a b", "é", "a\n"],
    "name": ["a", "a b", "é"],
    "name_with_leading_trailing_spaces": [" a "],
    "az_name": ["nova"],
    "az_name_with_leading_trailing_spaces": [" nova "],
}
BAD = {
    "uuid": ["", "1", "8c7c1dd4"],
    "base64": ["a", "ä", "YWJ*"],
    "cidr": ["10.0.0.1", "10.0.0.0/40", "x/8", "10.0.0.0 /8"],
    "uri": ["a/b", "http:", "//x"],
    "regex": ["", "("],
    "date-time": ["yesterday", "2026-13-01T00:00:00Z"],
    "ipv4": ["::1", "1.2.3", "x"],
    "ipv6": ["1.2.3.4", "x", "fe80::1%eth0"],
    "printable": ["a\nb", "\0", "\U0001f600"],
    "name": ["", " ", " a", "a ", "a\tb", "\u200b", "\u2028"],
    "name_with_leading_trailing_spaces": ["", "  ", "a\n"],
    "az_name": ["a:b", " a"],
    "az_name_with_leading_trailing_spaces": ["a:b", " "],
}


@pytest.mark.parametrize(("name", "text"), [(n, t) for n, texts in GOOD.items() for t in texts])
def test_fits(name: str, text: str) -> None:
    assert CHECKER.conforms(text, name)


@pytest.mark.parametrize(("name", "text"), [(n, t) for n, texts in BAD.items() for t in texts])
def test_does_not_fit(name: str, text: str) -> None:
    assert not CHECKER.conforms(text, name)


@pytest.mark.parametrize("name", [*FORMATS, "name", "az_name"])
def test_only_strings_are_looked_at(name: str) -> None:
    assert CHECKER.conforms(5, name)


def test_plain_text_is_printable_inside_the_basic_plane() -> None:
    for code in (*range(0x20, 0x7F), 0xA0, 0xAC, 0xAE, 0x377):
        assert is_plain_text(chr(code)), hex(code)
    for code in (*range(0x20), 0x7F, 0x80, 0xAD, 0x378, 0x2028, 0xE000, 0xFFFF, 0x10000):
        assert is_plain_text(f"a{chr(code)}b") is False, hex(code)


def test_times() -> None:
    moment = datetime(2026, 8, 21, 12, 0, 1, 5, tzinfo=UTC)
    assert zulu(moment) == "2026-08-21T12:00:01Z"
    assert microseconds(moment) == "2026-08-21T12:00:01.000005"
    assert zulu(None) is None and microseconds(None) is None
