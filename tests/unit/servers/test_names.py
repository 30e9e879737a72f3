"""What servers of one request are called, and their guests."""

import pytest

from nova.servers.create.naming import hostname_of, numbered

UUID = "99999999-9999-4999-8999-999999999999"


@pytest.mark.parametrize(
    ("name", "hostname"),
    [
        ("web", "web"),
        ("Web 1_b", "web-1-b"),
        ("a.b.10", "a-b-10"),
        ("--a--", "a"),
        ("naïve", "nave"),
        ("漢字", f"Server-{UUID}"),
        ("...", f"Server-{UUID}"),
        ("x" * 100, "x" * 63),
        ("y" * 62 + "--z", "y" * 62),
        ("a\tb", "a-b"),
    ],
)
def test_hostname(name: str, hostname: str) -> None:
    assert hostname_of(name, UUID) == hostname


def test_numbers() -> None:
    assert [numbered("web", n, 2) for n in (1, 2)] == ["web-1", "web-2"]
    assert numbered("web", 1, 1) == "web"
