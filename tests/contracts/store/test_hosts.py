"""Services, hypervisors, and what a compute host may ask."""

from datetime import timedelta

import pytest

from nova.core.states import TaskState, VmState, transition
from nova.db.host import SqlHostStore
from nova.objects.host import Pulse, Service
from nova.objects.server import Operation
from nova.objects.store.cell import CellStore
from nova.objects.store.errors import (
    ComputeHostNotFound,
    MarkerNotFound,
    OperationLost,
    ServiceNotFound,
    StateConflict,
)
from nova.objects.store.page import Page
from tests import records

STOP = transition(VmState.ACTIVE, via=TaskState.POWERING_OFF, to=VmState.STOPPED)


@pytest.fixture
def host() -> str:
    return f"host_{records.new_uuid()[:8]}"


@pytest.fixture
def hosts(cell1: CellStore) -> SqlHostStore:
    return SqlHostStore(cell1, timedelta(seconds=30))  # type: ignore[arg-type]


@pytest.fixture
def impatient(cell1: CellStore) -> SqlHostStore:
    """Tells at once what waits, as if it had waited long."""
    return SqlHostStore(cell1, timedelta(seconds=30), timedelta(seconds=-5))  # type: ignore[arg-type]


def service(host: str, **more: object) -> Service:
    return Service(host=host, binary="nova-compute", topic="compute", version=1, **more)


def test_registering_keeps_what_an_operator_set(cell1: CellStore, host: str) -> None:
    made = cell1.services.register(service(host))
    cell1.services.update(made.id, {"disabled": True, "disabled_reason": "old"})
    again = cell1.services.register(Service(host=host, binary="nova-compute", topic="t", version=2))
    assert (again.id, again.uuid, again.version) == (made.id, made.uuid, 2)
    assert (again.disabled, again.disabled_reason, again.forced_down) == (True, "old", False)
    assert cell1.services.get(made.uuid).id == cell1.services.get(made.id).id
    assert [each.id for each in cell1.services.find(host=host)] == [made.id]
    assert cell1.services.find(host=host, binary="nova-conductor") == []


def test_what_schedulers_hear_of_services(cell1: CellStore, host: str) -> None:
    made = cell1.services.register(service(host))
    cell1.services.register(Service(host=host, binary="nova-conductor", topic="t", version=2))
    cell1.services.update(made.id, {"disabled": True})
    [pulse] = [one for one in cell1.services.pulses("nova-compute") if one.host == host]
    seen = cell1.services.get(made.uuid).last_seen_up
    assert pulse == Pulse(host, disabled=True, forced_down=False, version=1, seen=seen)
    cell1.services.delete(made.id)
    assert host not in {one.host for one in cell1.services.pulses("nova-compute")}


def test_reports_show_that_a_service_lives(cell1: CellStore, host: str) -> None:
    made = cell1.services.register(service(host))
    later = records.now().replace(microsecond=0) + timedelta(minutes=5)
    seen = cell1.services.report(host, "nova-compute", later)
    assert (seen.last_seen_up, seen.report_count) == (later, made.report_count + 1)
    cell1.services.delete(made.id)
    for missing in (
        lambda: cell1.services.report(host, "nova-compute", later),
        lambda: cell1.services.get(made.uuid),
        lambda: cell1.services.delete(made.id),
    ):
        with pytest.raises(ServiceNotFound):
            missing()
    assert cell1.services.register(service(host)).id != made.id


def test_nodes_are_made_and_changed(cell1: CellStore, host: str) -> None:
    made = cell1.nodes.save(records.compute_node(host, host_ip="10.0.0.1"))
    changed = cell1.nodes.save(records.compute_node(host, vcpus_used=3, stats={"io": 1}))
    assert (changed.id, changed.uuid, changed.vcpus_used) == (made.id, made.uuid, 3)
    assert changed.stats == {"io": 1} and changed.cpu_info == {"arch": "x86_64"}
    assert changed.host_ip == "10.0.0.1"
    assert cell1.nodes.get(made.uuid).hypervisor_hostname == host
    assert made.id in [each.id for each in cell1.nodes.unmapped()]
    cell1.nodes.set_mapped([made.uuid])
    assert made.id not in [each.id for each in cell1.nodes.unmapped()]
    assert made.id in [each.id for each in cell1.nodes.changed_since(None)]
    soon = records.now() + timedelta(minutes=1)
    assert cell1.nodes.changed_since(soon) == []
    cell1.nodes.delete(made.id)
    with pytest.raises(ComputeHostNotFound):
        cell1.nodes.get(made.id)


def test_nodes_are_listed_in_pages(cell1: CellStore, host: str) -> None:
    made = [
        cell1.nodes.save(records.compute_node(host, hypervisor_hostname=f"{host}_%{number}"))
        for number in range(3)
    ]
    ids = [each.id for each in made]
    assert [each.id for each in cell1.nodes.find(host=host)] == ids
    assert [each.id for each in cell1.nodes.find(pattern=f"{host}_%")] == ids
    assert cell1.nodes.find(pattern=f"{host}%%") == []
    assert [each.id for each in cell1.nodes.find(uuids=[made[1].uuid])] == [ids[1]]
    page = Page(limit=1, marker=made[0].uuid)
    assert [each.id for each in cell1.nodes.find(page, host=host)] == [ids[1]]
    page = Page(limit=5, marker=str(ids[1]))
    assert [each.id for each in cell1.nodes.find(page, host=host)] == [ids[2]]
    with pytest.raises(MarkerNotFound):
        cell1.nodes.find(Page(marker=records.new_uuid()))


def waiting(cell: CellStore, host: str) -> Operation:
    made = records.instance(vm_state="active", task_state=None, host=host)
    _, create = cell.operations.create(made, records.operation(made.uuid))
    now = records.now()
    cell.operations.claim(create.id, "x", now, now + timedelta(minutes=1))
    cell.operations.settle(create.id, "x", records.outcome())
    return cell.operations.begin(
        records.operation(made.uuid, "stop", progress={"target": host}), STOP
    )


def test_a_host_starts_and_learns_what_is_its(
    cell1: CellStore, hosts: SqlHostStore, host: str
) -> None:
    free, held, other = waiting(cell1, host), waiting(cell1, host), waiting(cell1, f"{host}x")
    hosts.claim(held.id, f"compute:{host}:boot1")
    node = records.compute_node(host)
    registered, nodes, instances, opened = hosts.start(
        service(host), [node], f"compute:{host}:boot2"
    )
    assert registered.host == host and [each.uuid for each in nodes] == [node.uuid]
    assert {each.uuid for each in instances} == {free.instance_uuid, held.instance_uuid}
    assert {each.id for each in opened} == {free.id, held.id}
    hosts.claim(held.id, f"compute:{host}:boot2")
    with pytest.raises(OperationLost):
        hosts.settle(held, f"compute:{host}:boot1", records.outcome())
    assert other.id not in {each.id for each in opened}


def test_a_report_renews_and_tells_what_waits(
    cell1: CellStore, hosts: SqlHostStore, impatient: SqlHostStore, host: str
) -> None:
    owner = f"compute:{host}:b"
    cell1.services.register(service(host))
    unclaimed, held = waiting(cell1, host), waiting(cell1, host)
    claimed, _ = hosts.claim(held.id, owner)
    assert hosts.report(host, owner, [held.id]) == []
    assert impatient.report(host, owner, []) == [(unclaimed.id, unclaimed.instance_uuid)]
    renewed = cell1.operations.get(held.id).lease_expires_at
    assert renewed is not None and claimed.lease_expires_at is not None
    assert renewed > claimed.lease_expires_at
    with pytest.raises(ServiceNotFound):
        hosts.report(f"{host}-unknown", owner, [])


def test_work_on_a_host(cell1: CellStore, hosts: SqlHostStore, host: str) -> None:
    owner, opened = f"compute:{host}:b", waiting(cell1, host)
    operation, instance = hosts.claim(opened.id, owner, {"progress": 1})
    assert instance.progress == 1
    hosts.progress(operation, owner, {"progress": 60})
    hosts.settle(operation, owner, records.outcome(instance={"vm_state": "stopped"}))
    found = cell1.instances.get(opened.instance_uuid)
    assert (found.vm_state, found.task_state, found.progress) == ("stopped", None, 60)
    hosts.update_instance(found.uuid, {"power_state": 4}, {"vm_state": "stopped"})
    assert hosts.instances(host)[0].power_state == 4


def test_progress_that_was_overtaken_is_not_shown(
    cell1: CellStore, hosts: SqlHostStore, host: str
) -> None:
    """Messages are worked on side by side: the first may come last."""
    owner, opened = f"compute:{host}:b", waiting(cell1, host)
    operation, instance = hosts.claim(opened.id, owner)
    told = [instance.task_state, "reboot_pending"]
    hosts.progress(operation, owner, {"task_state": "reboot_started"}, told)
    with pytest.raises(StateConflict):
        hosts.progress(operation, owner, {"task_state": "reboot_pending"}, told[:1])
    assert cell1.instances.get(opened.instance_uuid).task_state == "reboot_started"


def test_a_host_takes_nothing_when_another_has_its_turn(
    cell1: CellStore, hosts: SqlHostStore, host: str
) -> None:
    """However late the message that told it to."""
    opened = waiting(cell1, host)
    with pytest.raises(OperationLost):
        hosts.claim(opened.id, f"compute:{host}2:b", {"progress": 7})
    kept = cell1.operations.get(opened.id)
    assert (kept.owner, kept.attempts) == (None, 0)
    assert cell1.instances.get(opened.instance_uuid).progress != 7
    assert hosts.claim(opened.id, f"compute:{host}:b")[0].attempts == 1


def test_a_host_hands_back(
    cell1: CellStore, hosts: SqlHostStore, impatient: SqlHostStore, host: str
) -> None:
    """What it did is kept; only a conductor is meant to go on."""
    owner, opened = f"compute:{host}:b", waiting(cell1, host)
    cell1.services.register(service(host))
    operation, _ = hosts.claim(opened.id, owner)
    operation.cursor, operation.progress = 2, {"target": host, "seen": True}
    hosts.hand_back(operation, owner, records.outcome(instance={"progress": 9}))
    kept = cell1.operations.get(opened.id)
    assert (kept.cursor, kept.progress["seen"], kept.state) == (2, True, "running")
    assert kept.owner is not None and kept.owner.startswith("conductor:")
    found = cell1.instances.get(opened.instance_uuid)
    assert (found.progress, found.task_state) == (9, "powering-off")
    assert impatient.report(host, owner, []) == []
    now = records.now()
    assert cell1.operations.claim(opened.id, "conductor:a:1", now, now)[0].attempts == 2
