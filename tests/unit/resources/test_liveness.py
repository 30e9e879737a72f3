"""When a service counts as up."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from nova.objects.host import Service
from nova.resources.services.liveness import is_up, state_of
from nova.resources.services.zones import Zones

NOW = datetime(2026, 8, 21, 12, tzinfo=UTC)
CONF = SimpleNamespace(
    service_down_time=60,
    default_availability_zone="nova",
    internal_service_availability_zone="internal",
)


def service(seen: float | None, *, updated: float | None = None, forced: bool = False) -> Service:
    def ago(seconds: float | None) -> datetime | None:
        return None if seconds is None else NOW - timedelta(seconds=seconds)

    return Service(
        host="h",
        binary="nova-compute",
        last_seen_up=ago(seen),
        updated_at=ago(updated),
        created_at=None,
        forced_down=forced,
    )


@pytest.mark.parametrize(
    ("reported", "state"),
    [
        (service(0), "up"),
        (service(60), "up"),
        (service(61), "down"),
        (service(-60), "up"),
        (service(-61), "down"),
        (service(None), "down"),
        (service(None, updated=5), "up"),
        (service(100, updated=5), "down"),
        (service(0, forced=True), "down"),
    ],
)
def test_state(reported: Service, state: str) -> None:
    assert state_of(reported, NOW, CONF) == state
    assert is_up(reported, NOW, CONF) is (state == "up")


def test_zones() -> None:
    aggregates = [
        SimpleNamespace(hosts=["a", "b"], availability_zone="z1"),
        SimpleNamespace(hosts=["a", "c"], availability_zone=None),
    ]
    zones = Zones(CONF, aggregates)
    assert [zones.of_host(host) for host in "abcd"] == ["z1", "z1", "nova", "nova"]
    assert zones.of_service(SimpleNamespace(host="a", binary="nova-compute")) == "z1"
    assert zones.of_service(SimpleNamespace(host="a", binary="nova-scheduler")) == "internal"
