"""Records of servers: whole, listed, changed under conditions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nova.core.states import states_of
from nova.db.stores import SqlStores
from nova.objects.server import Instance
from nova.objects.store.cell import CellStore, InstanceFilter
from nova.objects.store.errors import (
    InstanceNotFound,
    MarkerNotFound,
    PatternInvalid,
    StateConflict,
)
from nova.objects.store.page import Page
from tests import records


@pytest.fixture
def add(cell1: CellStore) -> Callable[..., Instance]:
    def add(**fields: Any) -> Instance:
        made = records.instance(**fields)
        return cell1.operations.create(made, records.operation(made.uuid), made.block_devices)[0]

    return add


@pytest.fixture
def project() -> str:
    """One that no other test has servers in."""
    return records.new_uuid()


def statements(cell: CellStore, work: Callable[[], Any]) -> int:
    seen: list[str] = []
    with cell.database.observed(seen.append):  # type: ignore[attr-defined]
        work()
    return len([one for one in seen if not one.startswith("BEGIN")])


def names(found: list[Instance]) -> list[str | None]:
    return [each.display_name for each in found]


def test_a_server_comes_back_whole(cell1: CellStore, add: Callable[..., Instance]) -> None:
    uuid = records.new_uuid()
    device = records.block_device(uuid, tag="root")
    network = [{"id": "port", "network": {"subnets": [{"ips": [{"address": "10.0.0.3"}]}]}}]
    made = add(
        uuid=uuid, tags=["blue", "red"], block_devices=[device], network_info=network,
        keypairs=[{"name": "key", "public_key": "ssh-rsa x"}], trusted_certs=["cert"],
        access_ip_v4="10.1.2.3", locked_by="owner", user_data="x" * 70_000,
        display_name="Zoë's server",
    )  # fmt: skip
    found = cell1.instances.get(uuid)
    for name in Instance.fields:
        if name in ("block_devices", "flavor"):
            continue
        assert found.known(name), name
        assert getattr(found, name) == getattr(made, name), name
    assert found.id > 0 and found.locked and not found.deleted
    assert found.tags == ["blue", "red"]
    assert found.flavor.as_dict() == made.flavor.as_dict()
    assert found.created_at is not None and found.created_at.tzinfo is UTC
    (kept,) = found.block_devices
    assert (kept.uuid, kept.tag, kept.volume_id) == (device.uuid, "root", device.volume_id)
    assert kept.delete_on_termination is False


def test_reading_costs_the_same_for_one_and_for_a_hundred(
    cell1: CellStore, add: Callable[..., Instance], project: str
) -> None:
    uuids = [add(project_id=project).uuid for _ in range(100)]
    one = InstanceFilter(uuids=uuids[:1])
    assert statements(cell1, lambda: cell1.instances.get(uuids[0])) <= 8
    counts = [
        statements(cell1, lambda: cell1.instances.find(one, Page())),
        statements(cell1, lambda: cell1.instances.find(InstanceFilter(project), Page(limit=100))),
    ]
    assert counts == [5, 5]
    assert len(cell1.instances.find(InstanceFilter(project), Page())) == 100


def test_a_short_list_asks_for_the_rows_alone(
    cell1: CellStore, add: Callable[..., Instance], project: str
) -> None:
    add(project_id=project)
    wanted = InstanceFilter(project)
    assert statements(cell1, lambda: cell1.instances.find(wanted, Page(), detail=False)) == 1
    (found,) = cell1.instances.find(wanted, Page(), detail=False)
    assert not found.known("metadata")


def test_unknown_and_deleted_servers_are_not_found(cell1: CellStore) -> None:
    with pytest.raises(InstanceNotFound, match="could not be found"):
        cell1.instances.get(records.new_uuid())


def test_a_change_needs_what_it_expects(cell1: CellStore, add: Callable[..., Instance]) -> None:
    uuid = add().uuid
    expected = {"task_state": ["scheduling", None], "vm_state": "building"}
    changed = cell1.instances.update(uuid, {"task_state": None, "locked_by": "admin"}, expected)
    assert changed.task_state is None and changed.locked
    cell1.instances.update(uuid, {"task_state": "spawning"}, {"task_state": None})
    with pytest.raises(StateConflict):
        cell1.instances.update(uuid, {"vm_state": "error"}, {"task_state": None})
    assert cell1.instances.get(uuid).vm_state == "building"
    with pytest.raises(InstanceNotFound):
        cell1.instances.update(records.new_uuid(), {"vm_state": "error"})


def test_ports_can_be_expected_to_be_as_they_were(
    cell1: CellStore, add: Callable[..., Instance]
) -> None:
    uuid = add().uuid
    one, two = [{"id": "one", "meta": {"mtu": 1400}}], [{"id": "two"}]
    cell1.instances.update(uuid, {"network_info": one}, {"task_state": [None, "scheduling"],
                                                         "network_info": []})
    with pytest.raises(StateConflict):
        cell1.instances.update(uuid, {"network_info": two}, {"network_info": []})
    assert cell1.instances.get(uuid).network_info == one
    assert cell1.instances.update(uuid, {"network_info": two}, {"network_info": one}
                                  ).network_info == two


def test_a_change_reaches_the_parts(cell1: CellStore, add: Callable[..., Instance]) -> None:
    uuid = add(system_metadata={"a": "1", "b": "2"}).uuid
    bigger = records.flavor(name=f"bigger-{uuid}", memory_mb=1024)
    changed = cell1.instances.update(uuid, {
        "flavor": bigger, "memory_mb": 1024, "system_metadata": {"b": None, "c": "3"},
        "network_info": [{"id": "port"}],
    })  # fmt: skip
    assert changed.flavor.name == bigger.name and changed.memory_mb == 1024
    assert changed.system_metadata == {"a": "1", "c": "3"}
    assert changed.network_info == [{"id": "port"}]


def test_metadata_is_merged_or_replaced(cell1: CellStore, add: Callable[..., Instance]) -> None:
    uuid = add(metadata={"a": "1"}).uuid
    store = cell1.instances
    assert store.set_metadata(uuid, {"b": "2"}, replace=False) == {"a": "1", "b": "2"}
    assert store.set_metadata(uuid, {"b": "3", "c": "4"}, replace=True) == {"b": "3", "c": "4"}
    store.delete_metadata(uuid, "b")
    assert store.get(uuid).metadata == {"c": "4"}
    assert store.set_metadata(uuid, {}, replace=True) == {}
    with pytest.raises(InstanceNotFound):
        store.set_metadata(records.new_uuid(), {"a": "1"}, replace=False)


def test_tags(cell1: CellStore, add: Callable[..., Instance]) -> None:
    uuid = add().uuid
    store = cell1.instances
    assert store.add_tag(uuid, "a", 2) is True
    assert store.add_tag(uuid, "a", 2) is False
    assert store.add_tag(uuid, "b", 2) is True
    with pytest.raises(ValueError):
        store.add_tag(uuid, "c", 2)
    assert store.delete_tag(uuid, "b") is True
    assert store.delete_tag(uuid, "b") is False
    assert store.set_tags(uuid, ["x", "y", "x"]) == ["x", "y"]
    assert sorted(store.get(uuid).tags) == ["x", "y"]


def test_filters(cell1: CellStore, add: Callable[..., Instance], project: str) -> None:
    def listed(**fields: Any) -> list[str | None]:
        wanted = InstanceFilter(project_id=project, **fields)
        return sorted(names(cell1.instances.find(wanted, Page())), key=str)

    network = [{"network": {"subnets": [{"ips": [{"address": "10.9.8.7"}, {"address": "fd::7"}]}]}}]
    add(
        project_id=project,
        display_name="a",
        tags=["x", "y"],
        vm_state="active",
        task_state=None,
        host="h1",
        metadata={"k": "v"},
        network_info=network,
    )
    add(
        project_id=project,
        display_name="b1",
        tags=["x"],
        vm_state="active",
        task_state="rebooting",
        locked_by="owner",
        system_metadata={"s": "t"},
    )
    add(project_id=project, display_name="b2", vm_state="error", hidden=True)
    assert listed() == ["a", "b1"]
    assert listed(include_hidden=True) == ["a", "b1", "b2"]
    assert listed(exact={"host": "h1"}) == ["a"]
    assert listed(exact={"host": None}) == ["b1"]
    assert listed(exact={"host": ["h1", None]}) == ["a", "b1"]
    assert listed(exact={"task_state": ["rebooting", "other"]}) == ["b1"]
    assert listed(matching={"display_name": "b"}) == ["b1"]
    assert listed(matching={"display_name": "^(a|b1)$"}) == ["a", "b1"]
    assert listed(states=states_of("ACTIVE")) == ["a"]
    assert listed(states=states_of("REBOOT")) == ["b1"]
    assert listed(states=[*states_of("REBOOT"), *states_of("ACTIVE")]) == ["a", "b1"]
    assert listed(metadata=[("k", "v")]) == ["a"]
    assert listed(metadata=[("k", "w")]) == []
    assert listed(system_metadata=[("s", "t")]) == ["b1"]
    assert listed(tags=["x", "y"]) == ["a"]
    assert listed(tags_any=["x", "z"]) == ["a", "b1"]
    assert listed(not_tags=["x", "y"]) == ["b1"]
    assert listed(not_tags_any=["y"]) == ["b1"]
    assert listed(locked=True) == ["b1"]
    assert listed(locked=False) == ["a"]
    assert listed(ip="^10\\.9") == ["a"]
    assert listed(ip="^9") == []
    assert listed(ip6="fd") == ["a"]
    assert listed(uuids=[]) == []
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert listed(changes_since=soon) == []
    assert listed(changes_before=soon) == ["a", "b1"]
    assert listed(deleted=None) == ["a", "b1"]
    assert listed(deleted=True) == []


def test_names_are_found_in_small_and_capital_letters(
    cell1: CellStore, add: Callable[..., Instance], project: str
) -> None:
    for name in ("Web-1", "web-10", "a_b", "a%b", "Zo\u00eb", None):
        add(project_id=project, display_name=name)

    def found(*asked: str) -> list[str | None]:
        return names(cell1.instances.find(InstanceFilter(project, names=asked), Page()))

    assert found("WEB-1") == ["Web-1"]
    assert sorted(map(str, found("web-1", "WEB-10", "none"))) == ["Web-1", "web-10"]
    assert found("a_b") == ["a_b"] and found("A%B") == ["a%b"]
    assert found("Zo\u00eb") == ["Zo\u00eb"]
    assert found("w") == found() == []


def test_a_bad_pattern_is_the_callers_fault(
    cell1: CellStore, add: Callable[..., Instance], project: str
) -> None:
    add(project_id=project)
    wanted = InstanceFilter(project_id=project, matching={"display_name": "("})
    with pytest.raises(PatternInvalid):
        cell1.instances.find(wanted, Page())


def test_pages_follow_each_other(
    cell1: CellStore, add: Callable[..., Instance], project: str
) -> None:
    made = [add(project_id=project, display_name=name, host=host) for name, host in (
        ("a", None), ("b", "h2"), ("c", None), ("d", "h1"), ("e", "h1"),
    )]  # fmt: skip
    wanted = InstanceFilter(project_id=project)

    def walk(**page: Any) -> list[str | None]:
        seen: list[Instance] = []
        marker = None
        while True:
            found = cell1.instances.find(wanted, Page(limit=2, marker=marker, **page))
            if not found:
                return names(seen)
            seen += found
            marker = found[-1].uuid

    assert walk() == ["e", "d", "c", "b", "a"]
    assert walk(keys=("display_name",), directions=("asc",)) == ["a", "b", "c", "d", "e"]
    assert walk(keys=("host", "display_name"), directions=("asc", "desc")) == list("caedb")
    assert walk(keys=("host", "display_name"), directions=("desc", "asc")) == list("bdeac")
    assert cell1.instances.find(wanted, Page(limit=0)) == []
    with pytest.raises(MarkerNotFound, match=r"marker \[nothing\] not found"):
        cell1.instances.find(wanted, Page(marker="nothing"))
    after = {"created_at": made[0].created_at, "id": made[3].id, "uuid": made[3].uuid}
    assert len(cell1.instances.find(wanted, Page(after=after))) < 5


def test_usage_counts_what_lives(
    stores: SqlStores, cell1: CellStore, add: Callable[..., Instance], project: str
) -> None:
    big = add(project_id=project, vcpus=2, memory_mb=100, host="usage-1")
    add(project_id=project, vcpus=1, memory_mb=10, user_id="other", host="usage-1")
    soft = add(project_id=project, vm_state="soft-delete", host="usage-2")
    usage = cell1.instances.usage(project)
    assert (usage.instances, usage.vcpus, usage.memory_mb) == (2, 3, 110)
    usage = cell1.instances.usage(project, "other")
    assert (usage.instances, usage.vcpus, usage.memory_mb) == (1, 1, 10)
    assert cell1.instances.usage("nobody").instances == 0
    known = [one.uuid for one in (big, soft)]
    assert cell1.instances.usage(project, without=known).vcpus == 1
    assert cell1.instances.counts_by_host(["usage-1", "usage-2"]) == {"usage-1": 2, "usage-2": 1}
    assert cell1.instances.counts_by_host()["usage-1"] == 2
