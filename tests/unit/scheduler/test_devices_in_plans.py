"""What a host has left once servers with PCI devices are on their way to it."""

from typing import Any

import pytest

from nova.clients.placement.contract import AllocationRequest
from nova.scheduler.hosts import Amounts, HostState
from nova.scheduler.numa import HostCell
from nova.scheduler.numa.wish import GuestCell, GuestTopology
from nova.scheduler.pci import DeviceWish, wishes_of_ports
from nova.virt.pci.wishes import group_of
from tests.unit.scheduler.making import host

NEAR = DeviceWish("gpu", 1, ((("product_id", "1db4"),),), "required")
TWO = GuestTopology((GuestCell(1, 0, 1024),) * 2)
GUEST = GuestTopology((GuestCell(1, 0, 3072),))
CELLS = tuple(HostCell(id=n, shared=frozenset({0, 1}), memory_mb=4096, socket=n) for n in (0, 1))


def pool(node: int, count: int, provider: str | None = None) -> dict[str, Any]:
    tags = {} if provider is None else {"rp_uuid": provider}
    return {"product_id": "1db4", "numa_node": node, "count": count, "tags": tags}


def way(*providers: str) -> AllocationRequest:
    name = group_of("gpu")
    return AllocationRequest(
        {}, {"": ("node",), **{f"{name}-{n}": (one,) for n, one in enumerate(providers)}})


def made(*pools: dict[str, Any]) -> HostState:
    found: HostState = host("a", numa_cells=CELLS, pci_pools=pools)
    return found


def left(state: HostState) -> tuple[list[int], list[int]]:
    """MiB in use by cell, devices by pool."""
    return ([cell.memory_usage for cell in state.numa_cells],
            [pool["count"] for pool in state.pci_pools])


@pytest.mark.parametrize(("provider", "used", "counts"), [
    ("p0", [3072, 0], [1, 2]), ("p1", [0, 3072], [2, 1])])
def test_a_server_is_near_the_devices_of_its_way(
    provider: str, used: list[int], counts: list[int]
) -> None:
    before = made(pool(0, 2, "p0"), pool(1, 2, "p1"))
    taken = Amounts(devices=(NEAR,), topology=GUEST).by(way(provider))
    after = before.after(taken)
    assert left(after) == (used, counts)
    # Cells are not given back, devices are.
    assert left(after.after(taken, -1))[1] == [2, 2]


def test_where_nobody_names_providers_pools_tell_what_is_near() -> None:
    before = made(pool(1, 2))
    taken = Amounts(devices=(NEAR,), topology=GUEST).by(way("p0"))
    assert left(before.after(taken)) == ([0, 3072], [1])


def test_devices_of_several_cards() -> None:
    before = made(pool(0, 2, "p0"), pool(1, 2, "p1"))
    wish = DeviceWish("gpu", 3, NEAR.specs, "preferred")
    taken = Amounts(devices=(wish,), topology=GUEST).by(way("p1", "p1", "p0"))
    assert left(before.after(taken)) == ([3072, 0], [1, 0])


def test_ports_take_what_their_network_has_beside_the_ways() -> None:
    part = {**pool(1, 2, "p2"), "product_id": "154c"}
    port = {"port": "a", "spec": {"product_id": "154c"}, "numa_policy": "legacy"}
    before = made(pool(0, 2, "p0"), pool(1, 2, "p1"), part)
    taken = Amounts(devices=(NEAR, *wishes_of_ports([port])), topology=TWO).by(way("p0"))
    after = before.after(taken)
    assert left(after) == ([1024, 1024], [1, 2, 1])
    assert left(after.after(taken, -1))[1] == [2, 2, 2]


def test_a_way_matters_only_to_who_wants_devices() -> None:
    plain = Amounts(vcpus=1)
    assert plain.by(way("p0")) is plain
