"""The hosts in memory: what is read when, and what decisions add."""

from datetime import timedelta

import pytest

from nova.scheduler.errors import NoValidHost
from nova.scheduler.field import Field
from nova.scheduler.heartbeats import UNKNOWN_SERVICE
from nova.scheduler.hosts import Amounts, ServiceView
from nova.scheduler.reading import host_state
from tests.unit.scheduler.cloud import CONTEXT, Cloud, StillClock, compute_node
from tests.unit.scheduler.making import NOW, spec, uid

SMALL = Amounts(vcpus=2, memory_mb=1024, disk_mb=10240)


def state(cloud, name="h1"):
    return cloud.scheduler.snapshot.table.get(uid(name))


def row(**fields):
    return host_state(compute_node("n1", "h1", 8, 16384, 100, NOW, fields), "c1", {})


def test_rows_become_states():
    found = row(
        stats={"num_instances": "3", "io_workload": "1", "failed_builds": "2"},
        metrics=[{"name": "cpu.percent", "value": 12}, {"name": "idle", "value": None}],
        cpu_info='{"arch": "x86_64"}', free_disk_gb=90, disk_available_least=50,
        pci_stats={"nova_object.name": "PciDevicePoolList", "nova_object.data": {
            "objects": [{"nova_object.data": {"count": 4, "product_id": "154c"}}]}},
    )
    assert (found.num_instances, found.num_io_ops, found.failed_builds) == (3, 1, 2)
    assert found.metrics == {"cpu.percent": 12.0}
    assert found.cpu_info == {"arch": "x86_64"}
    assert found.free_disk_mb == 50 * 1024
    assert found.free_pci_devices == 4
    assert found.supported_instances == (("x86_64", "kvm", "hvm"),)


def test_rows_that_say_little():
    found = row(stats=None, running_vms=5, current_workload=2, cpu_info="garbage")
    assert (found.num_instances, found.num_io_ops) == (5, 2)
    assert (found.free_ram_mb, found.free_disk_mb) == (16384, 100 * 1024)
    assert found.pci_pools == ()


def test_a_host_that_registers_while_hosts_are_read_is_not_taken_for_down():
    """Its node is never known without its service, which is older."""
    cloud = Cloud()
    cloud.hosts(1)
    cell = cloud.stores.cell("c1")
    row, service = cell.rows.pop(uid("h1")), cell.services_of.pop("h1")
    usual = {"nodes": cell.nodes.changed_since, "services": cell.services.pulses}

    def register(answer):
        cell.rows[uid("h1")], cell.services_of["h1"] = row, service
        return answer

    cell.nodes.changed_since = lambda moment: register(usual["nodes"](moment))
    cell.services.pulses = lambda binary: register(usual["services"](binary))
    cloud.scheduler.refresh(CONTEXT)
    found = state(cloud)
    assert found is None or found.service is not UNKNOWN_SERVICE


def test_what_is_decided_counts_until_the_host_says_it_itself():
    cloud = Cloud()
    cloud.hosts(1)
    cloud.select(spec())
    assert (state(cloud).vcpus_used, state(cloud).num_instances) == (2, 1)
    cloud.clock.sleep(10)
    cloud.scheduler.refresh(CONTEXT)
    assert state(cloud).vcpus_used == 2
    reported = cloud.stores.cell("c1").rows[uid("h1")]
    reported.vcpus_used, reported.updated_at = 3, cloud.clock.now()
    cloud.scheduler.refresh(CONTEXT)
    assert (state(cloud).vcpus_used, state(cloud).num_instances) == (3, 0)


def test_a_host_that_is_as_it_was_is_not_added_up_again():
    """Those of which something was decided lately are many, and reading must not hold decisions
    up for each of them."""
    cloud = Cloud()
    cloud.hosts(1)
    cloud.select(spec())
    cloud.clock.sleep(10)
    cloud.scheduler.refresh(CONTEXT)
    before = state(cloud)
    cloud.clock.sleep(10)
    cloud.scheduler.refresh(CONTEXT)
    assert before.vcpus_used == 2 and state(cloud) is before


def test_reading_many_hosts_gives_decisions_their_turn():
    """Who waits for the guard gets it before the rest is taken in."""
    cloud, pauses, sleep = Cloud(), [], StillClock.sleep
    cloud.hosts(60)

    def paused(seconds):
        cloud.scheduler.snapshot.take(uid("h1"), f"s{len(pauses)}", SMALL)
        pauses.append(seconds)
        sleep(cloud.clock, seconds)

    cloud.clock.sleep = paused
    cloud.scheduler.snapshot.refresh()
    assert pauses == [0, 0, 0]
    assert state(cloud).num_instances == 3


def test_what_never_arrives_is_forgotten():
    cloud = Cloud()
    cloud.hosts(1)
    cloud.select(spec())
    cloud.clock.sleep(200)
    cloud.scheduler.refresh(CONTEXT)
    assert state(cloud).vcpus_used == 0


def test_taking_and_giving_back():
    cloud = Cloud()
    cloud.hosts(1)
    snapshot = cloud.scheduler.snapshot
    snapshot.refresh()
    before = state(cloud)
    snapshot.take(uid("h1"), "s", SMALL)
    assert state(cloud) == before.after(SMALL)
    snapshot.give_back(uid("h1"), "s")
    assert state(cloud) == before
    snapshot.take(uid("unknown"), "s", SMALL)
    snapshot.give_back(uid("unknown"), "s")


def test_only_what_changed_is_read():
    cloud = Cloud()
    cloud.hosts(3)
    snapshot = cloud.scheduler.snapshot
    asked = []
    nodes = cloud.stores.cell("c1").nodes
    plain = nodes.changed_since
    nodes.changed_since = lambda moment: asked.append(moment) or plain(moment)
    snapshot.refresh()
    cloud.clock.sleep(60)
    began = cloud.clock.now()
    snapshot.refresh()
    cloud.clock.sleep(60)
    snapshot.refresh()
    assert asked[0] is None
    assert began - timedelta(seconds=30) < asked[2] <= began


def test_hosts_that_are_gone_are_let_go_of():
    cloud = Cloud()
    cloud.hosts(2)
    cloud.scheduler.snapshot.refresh()
    del cloud.stores.cell("c1").rows[uid("h2")]
    cloud.clock.sleep(60)
    cloud.scheduler.snapshot.refresh()
    assert cloud.scheduler.snapshot.knows(uid("h2"))
    cloud.clock.sleep(600)
    cloud.scheduler.snapshot.refresh()
    assert not cloud.scheduler.snapshot.knows(uid("h2"))


def test_a_young_snapshot_is_not_read_again():
    cloud = Cloud()
    snapshot = cloud.scheduler.snapshot
    assert snapshot.refresh(timedelta(seconds=5))
    assert not snapshot.refresh(timedelta(seconds=5))
    cloud.clock.sleep(6)
    assert snapshot.refresh(timedelta(seconds=5))


def test_aggregates_tell_zone_and_metadata():
    cloud = Cloud()
    cloud.hosts(3)
    cloud.aggregate("one", ["h1", "h2"], availability_zone="west", ssd="true")
    cloud.aggregate("two", ["h1"], ssd="fast")
    cloud.scheduler.snapshot.refresh()
    assert (state(cloud, "h1").zone, state(cloud, "h3").zone) == ("west", "nova")
    assert state(cloud, "h1").metadata["ssd"] == {"true", "fast"}
    assert state(cloud, "h1").aggregates == (uid("one"), uid("two"))
    assert state(cloud, "h2").metadata is not state(cloud, "h1").metadata


def test_the_oldest_service():
    cloud = Cloud()
    assert cloud.scheduler.snapshot.oldest_service == 0
    cloud.hosts(2)
    cloud.stores.cell("c1").services_of["h1"].version = 73
    cloud.scheduler.snapshot.refresh()
    assert cloud.scheduler.snapshot.oldest_service == 66


def test_images_are_read_only_when_they_are_weighed():
    cloud = Cloud()
    cloud.hosts(2)
    cloud.scheduler.snapshot.refresh()
    assert cloud.stores.statements["instances"] == 0
    cloud = Cloud(image_props_weight_multiplier=10.0)
    cloud.hosts(2)
    cloud.runs("old", "h2")
    cloud.stores.cell("c1").servers[uid("old")].system_metadata = {
        "image_os_distro": "debian", "other": "1"}
    assert cloud.place(properties={"os_distro": "debian"}) == "h2"


def test_devices_that_were_given_away_are_gone():
    cloud = Cloud(enabled_filters=["PciPassthroughFilter"],
                  pci__alias=['{"name": "nic", "product_id": "154c"}'])
    cloud.add("h1", pci_stats=[{"product_id": "154c", "count": 2}])
    cloud.add("h2", vcpus=64, memory_mb=65536)
    nic = {"extra_specs": {"pci_passthrough:alias": "nic:1"}}
    assert cloud.hosts_of(spec("a", **nic), spec("b", **nic)) == ["h1", "h1"]
    assert state(cloud).free_pci_devices == 0


def test_cells_that_were_given_away_are_gone():
    cloud = Cloud(enabled_filters=["NUMATopologyFilter"])
    topology = {"cells": [{"id": 0, "cpuset": [], "pcpuset": [0, 1, 2, 3], "memory": 8192}]}
    for name in ("h1", "h2"):
        cloud.add(name, numa_topology=topology)
    pinned = {"extra_specs": {"hw:cpu_policy": "dedicated", "resources:VCPU": "1"}}
    found = cloud.select(*(spec(name, **pinned) for name in "abcd"))
    assert sorted(one[0].host for one in found) == ["h1", "h1", "h2", "h2"]
    assert found[0][0].limits == {
        "numa_topology": {"cpu_allocation_ratio": 1.0, "ram_allocation_ratio": 1.0}}
    with pytest.raises(NoValidHost) as refused:
        cloud.select(spec("e", **pinned))
    assert {one["check"] for one in refused.value.explanations} == {"NUMATopologyFilter"}


def test_a_report_of_a_service_changes_one_number():
    cloud = Cloud()
    cloud.hosts(2)
    for _ in range(2):
        cloud.scheduler.snapshot.refresh()
        cloud.clock.sleep(10)
    before, service = state(cloud), cloud.stores.cell("c1").services_of["h1"]
    cloud.clock.sleep(10)
    service.last_seen_up = cloud.clock.now()
    cloud.scheduler.snapshot.refresh()
    assert state(cloud) is before
    table = cloud.scheduler.snapshot.table
    seen = table.field(table.rows([uid("h1"), uid("h2")])).column("up_since").tolist()
    assert seen == [cloud.clock.now().timestamp(), NOW.timestamp()]
    service.disabled = True
    cloud.scheduler.snapshot.refresh()
    assert state(cloud).service.disabled
    assert table.field(table.rows([uid("h1")])).column("up_since").tolist() == [float("-inf")]
    service.disabled = False
    cloud.scheduler.snapshot.refresh()
    assert ServiceView() == UNKNOWN_SERVICE


def test_a_host_that_reported_long_after_its_row_is_not_silent():
    """Its row says nothing new for minutes; its service does."""
    cloud = Cloud()
    cloud.hosts(2)
    cloud.place(server="first")
    for _ in range(6):
        cloud.clock.sleep(50)
        for service in cloud.stores.cell("c1").services_of.values():
            service.last_seen_up = cloud.clock.now()
        cloud.scheduler.snapshot.refresh()
    snapshot = cloud.scheduler.snapshot
    for name in ("h1", "h2"):
        snapshot.take(uid(name), "s", SMALL)
        snapshot.give_back(uid(name), "s")
    seen = snapshot.table.field(snapshot.table.rows([uid("h1"), uid("h2")])).column("up_since")
    assert seen.tolist() == [cloud.clock.now().timestamp()] * 2
    assert Field([state(cloud)]).column("up_since").tolist() == seen.tolist()[:1]
    assert cloud.hosts_of(spec("a"), spec("b", sizes={"vcpus": 3}), spec("c"))
