"""nova-manage placement: what servers hold, mended and audited."""

from collections.abc import Callable

from nova.clients.placement.contract import Allocation, Consumer
from nova.clients.placement.memory import PlacementMemory
from nova.db.api.store import SqlApiStore
from nova.db.cell.store import SqlCellStore
from nova.objects.cloud import Aggregate, HostMapping
from tests import records
from tests.unit.cmd.places import CONTEXT, a_server

Manage = Callable[..., tuple[int, list[str]]]
HEAL = ("placement", "heal_allocations")
AUDIT = ("placement", "audit")
SYNC = ("placement", "sync_aggregates")


def test_claims_are_made_where_there_are_none(
    manage: Manage, cell: SqlCellStore, api: SqlApiStore, cell1: str, node: str,
    placement: PlacementMemory,
) -> None:
    uuids = {a_server(cell, api, cell1) for _ in range(3)}
    a_server(cell, api, cell1, host=None, node=None)
    a_server(cell, api, cell1, task_state="rebooting")
    code, lines = manage(*HEAL, "--dry-run")
    assert code == 0 and lines[-1] == "Processed 3 instances."
    assert all(line.startswith("[dry-run]") for line in lines[:-1])
    assert placement.allocations.of_provider(CONTEXT, node) == {}
    assert manage(*HEAL, "--max-count", "2") == (
        1, ["Max count reached. Processed 2 instances."])  # fmt: skip
    assert manage(*HEAL, "--cell", cell1) == (0, ["Processed 1 instances."])
    held = placement.allocations.of_provider(CONTEXT, node)
    assert set(held) == uuids
    assert all(dict(each) == {"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 1}
               for each in held.values())
    assert manage(*HEAL) == (4, ["Processed 0 instances."])


def test_claims_of_nobody_get_their_owner(
    manage: Manage, cell: SqlCellStore, api: SqlApiStore, cell1: str, node: str,
    placement: PlacementMemory,
) -> None:
    uuid = a_server(cell, api, cell1)
    wrong = Allocation(Consumer(uuid, "someone", "else"), {node: {"VCPU": 2}})
    placement.allocations.claim(CONTEXT, wrong)
    code, lines = manage(*HEAL, "--instance", uuid, "--verbose")
    assert code == 0 and lines[0].startswith("Successfully updated allocations")
    held = placement.allocations.get(CONTEXT, uuid)
    assert (held.consumer.project_id, held.consumer.user_id) == (records.PROJECT, records.USER)
    assert dict(held.resources[node]) == {"VCPU": 2}, "amounts stay as they are"
    assert manage(*HEAL, "--instance", uuid)[0] == 4
    assert manage(*HEAL, "--instance", uuid, "--force")[0] == 0
    assert placement.allocations.get(CONTEXT, uuid).resources[node]["VCPU"] == 1


def test_what_cannot_be_mended(
    manage: Manage, cell: SqlCellStore, api: SqlApiStore, cell1: str, node: str,
    placement: PlacementMemory,
) -> None:
    assert manage(*HEAL, "--max-count", "0")[0] == 127
    assert manage(*HEAL, "--instance", records.new_uuid())[0] == 127
    assert manage(*HEAL, "--cell", records.new_uuid())[0] == 127
    assert manage(*HEAL, "--cell", cell1, "--instance", "x")[0] == 127
    lost = a_server(cell, api, cell1, host="h2", node="h2")
    assert manage(*HEAL, "--instance", lost)[0] == 2
    large = a_server(cell, api, cell1, flavor=records.flavor(vcpus=99_999))
    assert manage(*HEAL, "--instance", large)[0] == 3
    device = records.flavor(extra_specs={"resources:VGPU": "1"})
    assert manage(*HEAL, "--instance", a_server(cell, api, cell1, flavor=device))[0] == 8


def test_orphans_are_found(
    manage: Manage, cell: SqlCellStore, api: SqlApiStore, cell1: str, node: str,
    placement: PlacementMemory,
) -> None:
    uuid, orphan = a_server(cell, api, cell1), records.new_uuid()
    build = records.build_request()
    api.builds.record([(build, records.request_spec(build.instance_uuid))])
    for consumer in (uuid, build.instance_uuid):
        placement.allocations.claim(
            CONTEXT, Allocation(Consumer(consumer, "p", "u"), {node: {"VCPU": 1}}))
    assert manage(*AUDIT) == (0, [])
    assert manage(*AUDIT, "--verbose") == (0, ["Processed 0 allocations."])
    placement.allocations.claim(
        CONTEXT, Allocation(Consumer(orphan, "p", "u"), {node: {"VCPU": 1}}))
    code, lines = manage(*AUDIT)
    assert code == 3 and orphan in lines[0] and "can be deleted" in lines[0]
    assert manage(*AUDIT, "--resource_provider", node)[0] == 3
    assert manage(*AUDIT, "--resource_provider", records.new_uuid())[0] == 127
    assert manage(*AUDIT, "--delete")[0] == 4
    assert set(placement.allocations.of_provider(CONTEXT, node)) == {uuid, build.instance_uuid}
    assert manage(*AUDIT)[0] == 0


def test_aggregates_are_mirrored(
    manage: Manage, cell: SqlCellStore, api: SqlApiStore, cell1: str, node: str,
    placement: PlacementMemory,
) -> None:
    made = api.aggregates.create(Aggregate(uuid=records.new_uuid(), name="a", metadata={}))
    api.aggregates.add_host(made.id, "h1")
    code, lines = manage(*SYNC, "--verbose")
    assert code == 0 and lines[-1] == "Successfully processed all host aggregates"
    assert placement.facts.aggregates(CONTEXT, node).aggregates == {made.uuid}
    assert manage(*SYNC)[0] == 0
    api.aggregates.add_host(made.id, "unmapped")
    assert manage(*SYNC)[0] == 4
    api.hosts.add([HostMapping(host="unmapped", cell_uuid=cell1)])
    assert manage(*SYNC)[0] == 5
    cell.nodes.save(records.compute_node("unmapped"))
    assert manage(*SYNC)[0] == 6, "placement does not know it"
    cell.nodes.save(records.compute_node("unmapped", hypervisor_hostname="another"))
    assert manage(*SYNC)[0] == 1


