"""Servers whose memory is near the networks that they are in."""

from collections.abc import Iterator
from typing import Any

import pytest

from nova.conf import dynamic
from nova.objects.flavor import Flavor
from nova.virt.fake.hardware import cells_of
from nova.virt.fake.hypervisor import Size
from nova.virt.topology.kept import guest_from_json
from tests.cloud import PROJECT, Cloud
from tests.stores import CELL1_UUID

PLAIN = Size(vcpus=8, memory_mb=4096, disk_gb=1000)
SIZE = Size(vcpus=8, memory_mb=4096, disk_gb=1000, cells=cells_of(PLAIN, 4))
NEAR = {"fast": [1], "wide": [1, 2], "unsaid": []}


class NearCloud(Cloud):
    """Only the host's own configuration tells what is near, as operators write it."""

    def conf_of(self, host: str) -> Any:
        conf = super().conf_of(host)
        if host in self.hosts:
            conf.set_override("physnets", list(NEAR), "neutron")
            for section in dynamic.sections(conf):
                section.register(conf)
            for name, cells in NEAR.items():
                conf.set_override("numa_nodes", cells, f"neutron_physnet_{name}")
            conf.set_override("numa_nodes", [3], "neutron_tunnel")
        return conf


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = NearCloud(size=SIZE, options={
        "quota__instances": -1, "quota__cores": -1,
        "filter_scheduler__enabled_filters": ["ComputeFilter", "NUMATopologyFilter"]})
    for name, specs in (("one", {"hw:numa_nodes": "1"}), ("two", {"hw:numa_nodes": "2"}),
                        ("any", {})):
        made.stores.api.flavors.create(Flavor(
            flavorid=name, name=name, memory_mb=512, vcpus=2, root_gb=1, ephemeral_gb=0, swap=0,
            rxtx_factor=1.0, vcpu_weight=0, disabled=False, is_public=True, description=None,
            extra_specs=specs))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def networks(cloud: Cloud) -> dict[str, str]:
    kinds = {name: ("vlan", name) for name in NEAR} | {"tunnel": ("vxlan", None)}
    return {
        name: cloud.network_state.add_network(
            PROJECT, name, f"10.{number}.0.0/24", network_type=kind, physical_network=physical).id
        for number, (name, (kind, physical)) in enumerate(kinds.items())
    }


def until_empty(cloud: Cloud) -> None:
    """Until the scheduler has heard that nobody has memory any more."""
    snapshot = cloud.scheduler.endpoint.snapshot
    limit = cloud.clock.monotonic() + 20
    while any(cell.memory_usage for cell in snapshot.all()[0].numa_cells):
        assert cloud.clock.monotonic() < limit
        cloud.clock.sleep(0.05)
        snapshot.refresh()


@pytest.fixture
def place(cloud: Cloud, networks: dict[str, str]) -> Iterator[Any]:
    made = []

    def boot(flavor: str, *names: str, status: str = "ACTIVE") -> Any:
        wanted = [{"uuid": networks[name]} for name in names]
        reply = cloud.boot(flavorRef=flavor, networks=wanted)
        assert reply.status == 202, reply.body
        made.append(reply.body["server"]["id"])
        return cloud.wait(made[-1], status)

    def where(flavor: str, *names: str) -> list[int]:
        uuid = boot(flavor, *names)["id"]
        placed = guest_from_json(
            cloud.stores.cell(CELL1_UUID).instances.get(uuid).numa_topology)
        return [cell.host_cell for cell in placed.cells]

    where.boot = boot  # type: ignore[attr-defined]
    yield where
    cloud.end(made)
    until_empty(cloud)


def test_memory_is_near_the_network(place: Any) -> None:
    assert [place("one", "fast"), place("one", "tunnel"), place("one", "fast")] == [[1], [3], [1]]


def test_one_of_the_cells_is_enough_and_one_cell_may_do_for_several(place: Any) -> None:
    assert 1 in place("two", "fast")
    assert place("one", "fast", "wide") == [1]
    assert set(place("two", "fast", "tunnel")) == {1, 3}


def test_networks_that_are_near_to_nothing_bind_to_nothing(place: Any) -> None:
    assert place("one", "unsaid") == [0]


def test_no_cell_is_near_all_of_them(cloud: Cloud, place: Any) -> None:
    server = place.boot("one", "fast", "tunnel", status="ERROR")
    assert "its networks are not near the memory that fits" in server["fault"]["details"]
    assert place.boot("any", "fast", "tunnel")["status"] == "ACTIVE"


def test_what_is_near_fills_up(place: Any) -> None:
    for _ in range(2):
        assert place("one", "fast") == [1]
    server = place.boot("one", "fast", status="ERROR")
    assert "its networks are not near the memory that fits" in server["fault"]["details"]
    assert place("one", "wide") == [2]
