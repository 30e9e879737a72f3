"""The API database: flavors, key pairs, aggregates, groups, cells, and accepted creates."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from nova.db.stores import SqlStores
from nova.objects.cloud import Aggregate, CellMapping, HostMapping, KeyPair, ServerGroup
from nova.objects.store.api import ApiStore
from nova.objects.store.errors import (
    AggregateHostExists,
    AggregateHostNotFound,
    AggregateNameExists,
    AggregateNotFound,
    CellNotFound,
    ExtraSpecNotFound,
    FlavorAccessExists,
    FlavorAccessNotFound,
    FlavorExists,
    FlavorIdExists,
    FlavorNotFound,
    HostMappingNotFound,
    InstanceNotFound,
    KeypairExists,
    KeypairLimitExceeded,
    KeypairNotFound,
    MarkerNotFound,
    RequestSpecNotFound,
    ServerGroupNotFound,
)
from nova.objects.store.page import WHOLE, Page
from tests import records
from tests.stores import CELL1_UUID

MINUTE = timedelta(minutes=1)


@pytest.fixture
def api(stores: SqlStores) -> ApiStore:
    return stores.api


@pytest.fixture
def name() -> str:
    return records.new_uuid()


def statements(api: ApiStore, work: Callable[[], Any]) -> int:
    seen: list[str] = []
    with api.database.observed(seen.append):  # type: ignore[attr-defined]
        work()
    return len([one for one in seen if not one.startswith("BEGIN")])


def test_flavors(api: ApiStore, name: str) -> None:
    given = records.flavor(name=name, flavorid=f"id-{name}", extra_specs={"a": "1"})
    made = api.flavors.create(given)
    assert made.id > 0 and made.extra_specs == {"a": "1"} and made.is_public
    assert api.flavors.get(f"id-{name}").as_dict() == made.as_dict()
    with pytest.raises(FlavorExists):
        api.flavors.create(records.flavor(name=name, flavorid="other"))
    with pytest.raises(FlavorIdExists):
        api.flavors.create(records.flavor(name="other", flavorid=f"id-{name}"))
    assert api.flavors.describe(f"id-{name}", "text").description == "text"
    api.flavors.set_specs(f"id-{name}", {"a": "2", "b": "3"})
    api.flavors.delete_spec(f"id-{name}", "b")
    assert api.flavors.get(f"id-{name}").extra_specs == {"a": "2"}
    with pytest.raises(ExtraSpecNotFound):
        api.flavors.delete_spec(f"id-{name}", "b")
    api.flavors.delete(f"id-{name}")
    for missing in (api.flavors.get, api.flavors.delete, api.flavors.access):
        with pytest.raises(FlavorNotFound):
            missing(f"id-{name}")


def test_private_flavors_are_for_some(api: ApiStore, name: str) -> None:
    api.flavors.create(records.flavor(name=name, is_public=False), ["p1"])
    api.flavors.grant(name, "p2")
    assert api.flavors.access(name) == ["p1", "p2"]
    with pytest.raises(FlavorAccessExists):
        api.flavors.grant(name, "p2")
    api.flavors.revoke(name, "p1")
    with pytest.raises(FlavorAccessNotFound):
        api.flavors.revoke(name, "p1")

    def visible(**asked: Any) -> bool:
        return name in [each.flavorid for each in api.flavors.find(WHOLE, **asked)]

    assert not visible() and not visible(project_id="p1")
    assert visible(project_id="p2") and visible(public=False) and visible(public=None)


def test_flavors_are_listed(api: ApiStore, name: str) -> None:
    for number, ram in enumerate((64, 32, 128)):
        given = records.flavor(name=f"{name}-{number}", memory_mb=ram, extra_specs={"n": "v"})
        api.flavors.create(given)

    def listed(page: Page = WHOLE, **asked: Any) -> list[str]:
        found = api.flavors.find(page, name=f"^{name}", **asked)
        return [each.name[-1] for each in found]

    assert listed() == ["0", "1", "2"]
    assert listed(min_ram=64) == ["0", "2"]
    assert listed(min_disk=2) == []
    assert listed(disabled=True) == [] and listed(disabled=False) == ["0", "1", "2"]
    assert listed(Page(keys=("memory_mb",), directions=("desc",))) == ["2", "0", "1"]
    assert listed(Page(limit=1, marker=f"{name}-0")) == ["1"]
    assert statements(api, listed) == 2
    with pytest.raises(MarkerNotFound):
        listed(Page(marker="unknown"))


def test_key_pairs(api: ApiStore, name: str) -> None:
    def keypair(key: str) -> KeyPair:
        return KeyPair(name=key, user_id=name, fingerprint="aa", public_key="ssh", type="ssh")

    for key in ("b", "a"):
        assert api.keypairs.create(keypair(key), 2).created_at is not None
    with pytest.raises(KeypairLimitExceeded):
        api.keypairs.create(keypair("c"), 2)
    with pytest.raises(KeypairExists):
        api.keypairs.create(keypair("a"), -1)
    assert [each.name for each in api.keypairs.find(name, WHOLE)] == ["b", "a"]
    assert [each.name for each in api.keypairs.find(name, Page(limit=5))] == ["a", "b"]
    assert [each.name for each in api.keypairs.find(name, Page(marker="a"))] == ["b"]
    with pytest.raises(MarkerNotFound):
        api.keypairs.find(name, Page(marker="z"))
    assert api.keypairs.get(name, "a").fingerprint == "aa"
    api.keypairs.delete(name, "a")
    assert api.keypairs.count(name) == 1
    for missing in (api.keypairs.get, api.keypairs.delete):
        with pytest.raises(KeypairNotFound):
            missing(name, "a")


def test_aggregates(api: ApiStore, name: str) -> None:
    made = api.aggregates.create(
        Aggregate(uuid=records.new_uuid(), name=name, metadata={"availability_zone": "z"})
    )
    assert made.availability_zone == "z" and made.hosts == []
    with pytest.raises(AggregateNameExists):
        api.aggregates.create(Aggregate(uuid=records.new_uuid(), name=name))
    api.aggregates.add_host(made.id, "h2")
    assert api.aggregates.add_host(made.id, "h1").hosts == ["h2", "h1"]
    with pytest.raises(AggregateHostExists):
        api.aggregates.add_host(made.id, "h1")
    assert api.aggregates.remove_host(made.id, "h2").hosts == ["h1"]
    with pytest.raises(AggregateHostNotFound):
        api.aggregates.remove_host(made.id, "h2")
    changed = api.aggregates.set_metadata(made.id, {"availability_zone": None, "k": "v"})
    assert changed.metadata == {"k": "v"}
    changed = api.aggregates.update(made.id, {"name": f"{name}-2", "metadata": {"k": "w"}})
    assert (changed.name, changed.metadata) == (f"{name}-2", {"k": "w"})
    (listed,) = [each for each in api.aggregates.find() if each.id == made.id]
    assert listed.as_dict() == changed.as_dict()
    assert statements(api, api.aggregates.find) == 2
    api.aggregates.delete(made.id)
    for missing in (
        lambda: api.aggregates.get(made.id),
        lambda: api.aggregates.delete(made.id),
        lambda: api.aggregates.add_host(made.id, "h"),
    ):
        with pytest.raises(AggregateNotFound):
            missing()


def test_server_groups(api: ApiStore, name: str) -> None:
    def group(number: int) -> ServerGroup:
        return ServerGroup(
            uuid=records.new_uuid(),
            name=f"g{number}",
            project_id=name,
            user_id="u",
            policy="anti-affinity",
            rules={"max_server_per_host": 2},
        )

    first, second = (api.groups.create(group(number)) for number in range(2))
    assert (first.policy, first.rules, first.members) == (
        "anti-affinity", {"max_server_per_host": 2}, [],
    )  # fmt: skip
    a, b = records.new_uuid(), records.new_uuid()
    api.groups.add_members(first.uuid, [a, b])
    api.groups.add_members(first.uuid, [a])
    assert api.groups.get(first.uuid).members == [a, b]
    found = api.groups.of_server(a)
    assert found is not None and found.uuid == first.uuid
    assert api.groups.of_servers([a, b, "c"]) == {a: first.uuid, b: first.uuid}
    api.groups.remove_member(a)
    assert api.groups.of_server(a) is None
    assert api.groups.count(name) == 2 and api.groups.count(name, "other") == 0
    assert [each.name for each in api.groups.find(project_id=name)] == ["g0", "g1"]
    page = Page(limit=1, marker=first.uuid)
    assert [each.uuid for each in api.groups.find(page, project_id=name)] == [second.uuid]
    api.groups.delete(first.uuid)
    with pytest.raises(ServerGroupNotFound):
        api.groups.get(first.uuid)
    with pytest.raises(ServerGroupNotFound):
        api.groups.add_members(first.uuid, [a])


def test_cells_and_their_hosts(api: ApiStore, name: str) -> None:
    given = CellMapping(
        uuid=name,
        name="c",
        transport_url="rabbit://x",
        disabled=False,
        database_connection="sqlite://",
    )
    made = api.cells.create(given)
    assert api.cells.get(name).as_dict() == made.as_dict()
    assert api.cells.update(name, {"disabled": True, "name": "d"}).disabled
    hosts = [f"{name}-{number}" for number in range(3)]
    api.hosts.add(HostMapping(host=host, cell_uuid=name) for host in hosts[:2])
    api.hosts.add(
        [
            HostMapping(host=hosts[0], cell_uuid=CELL1_UUID),
            HostMapping(host=hosts[2], cell_uuid=CELL1_UUID),
        ]
    )
    assert api.hosts.cell_of(hosts[0]) == name
    assert api.hosts.cell_of(hosts[2]) == CELL1_UUID
    assert [each.host for each in api.hosts.find(name)] == hosts[:2]
    assert set(hosts) <= {each.host for each in api.hosts.find()}
    for host in hosts:
        api.hosts.delete(host)
    with pytest.raises(HostMappingNotFound):
        api.hosts.cell_of(hosts[0])
    with pytest.raises(HostMappingNotFound):
        api.hosts.delete(hosts[0])
    api.cells.delete(name)
    for missing in (api.cells.get, api.cells.delete):
        with pytest.raises(CellNotFound):
            missing(name)


def recorded(api: ApiStore, count: int = 1, **fields: Any) -> list[str]:
    builds = [records.build_request(records.instance(**fields)) for _ in range(count)]
    api.builds.record((each, records.request_spec(each.instance_uuid)) for each in builds)
    return [each.instance_uuid for each in builds]


def test_a_create_is_recorded_whole(api: ApiStore, name: str) -> None:
    group = api.groups.create(
        ServerGroup(
            uuid=records.new_uuid(),
            name="g",
            project_id=name,
            user_id="u",
            policy="affinity",
            rules={},
        )
    )
    made = records.instance(project_id=name, tags=["t"])
    made.block_devices = [records.block_device(made.uuid)]
    build = records.build_request(made)
    api.builds.record([(build, records.request_spec(made.uuid, hints={"h": ["1"]}))], group.uuid)
    found = api.builds.get(made.uuid)
    assert found is not None and found.attempts == 0 and found.deadline == build.deadline
    assert (found.request_id, found.arguments) == (build.request_id, {"networks": "auto"})
    assert found.instance.metadata == {"role": "web"} and found.instance.tags == ["t"]
    assert found.instance.flavor.as_dict() == made.flavor.as_dict()
    assert found.instance.block_devices[0].volume_id == made.block_devices[0].volume_id
    assert api.specs.get(made.uuid).hints == {"h": ["1"]}
    mapping = api.mappings.get(made.uuid)
    assert (mapping.cell_uuid, mapping.project_id, mapping.queued_for_delete) == (None, name, False)
    assert api.groups.get(group.uuid).members == [made.uuid]
    assert [each.instance_uuid for each in api.builds.find(project_id=name)] == [made.uuid]


def test_recording_costs_the_same_for_one_and_for_many(api: ApiStore) -> None:
    assert statements(api, lambda: recorded(api)) == 3
    assert statements(api, lambda: recorded(api, 50)) == 3


def test_builds_are_claimed_once(api: ApiStore) -> None:
    uuids, now = recorded(api, 2), records.now()
    taken = api.builds.claim([*uuids, records.new_uuid()], "a", now, now + MINUTE)
    assert [build.instance_uuid for build, _ in taken] == uuids
    assert [spec.instance_uuid for _, spec in taken] == uuids
    assert {(build.owner, build.attempts) for build, _ in taken} == {("a", 1)}
    assert api.builds.claim(uuids, "b", now, now + MINUTE) == []
    assert api.builds.claim(uuids, "a", now, now + MINUTE) == []
    later = now + 2 * MINUTE
    ((build, _),) = api.builds.claim(uuids[:1], "b", later, later + MINUTE)
    assert build.attempts == 2


def test_of_claims_at_once_one_gets_them(api: ApiStore) -> None:
    uuids, now = recorded(api, 3), records.now()
    answers: list[list[Any]] = []

    def claim(owner: str) -> None:
        answers.append(api.builds.claim(uuids, owner, now, now + MINUTE))

    threads = [threading.Thread(target=claim, args=(f"o{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(answer) for answer in answers) == [0, 0, 0, 3]


def test_stranded_builds_are_found(api: ApiStore) -> None:
    fresh, held = recorded(api, 2)
    now = records.now()
    api.builds.claim([held], "s", now, now + MINUTE)

    def stranded(at: Any, unclaimed_before: Any) -> set[str]:
        return set(api.builds.stranded(at, unclaimed_before, 1000)) & {fresh, held}

    assert stranded(now, now - MINUTE) == set()
    assert stranded(now, now + 2 * MINUTE) == {fresh}
    assert stranded(now + 2 * MINUTE, now - MINUTE) == {held}
    api.builds.renew("s", now + 5 * MINUTE, [held])
    assert stranded(now + 2 * MINUTE, now - MINUTE) == set()


def test_an_attempt_in_vain_does_not_count(api: ApiStore) -> None:
    (uuid,) = recorded(api)
    now = records.now()
    for _ in range(3):
        ((build, _),) = api.builds.claim([uuid], "s", now, now + MINUTE)
        assert build.attempts == 1
        api.builds.release("t", [uuid])
        assert api.builds.claim([uuid], "t", now, now + MINUTE) == []
        api.builds.release("s", [uuid])
    assert uuid in api.builds.stranded(now, records.now() + MINUTE, 1000)


def test_placing_gives_a_cell(api: ApiStore, stores: SqlStores, name: str) -> None:
    (uuid,) = recorded(api, project_id=name)
    with pytest.raises(InstanceNotFound):
        stores.of_instance(uuid)
    spec = records.request_spec(uuid, availability_zone="z")
    assert api.builds.place(uuid, CELL1_UUID, spec) is True
    assert api.builds.get(uuid) is None
    assert api.mappings.get(uuid).cell_uuid == CELL1_UUID
    assert api.specs.get(uuid).availability_zone == "z"
    assert stores.of_instance(uuid).uuid == CELL1_UUID
    assert api.mappings.cells_of_project(name) == [CELL1_UUID]
    assert api.builds.place(uuid, CELL1_UUID) is True, "again, after a crash"
    assert api.builds.cancel(uuid) is False
    api.mappings.set_queued_for_delete(uuid, True)
    assert api.mappings.get(uuid).queued_for_delete
    assert api.mappings.cells_of_project(name) == [CELL1_UUID], "it may be shown as deleted"
    assert api.builds.place(uuid, CELL1_UUID) is False
    api.mappings.delete([uuid])
    assert api.mappings.cells_of_project(name) == []


def test_a_create_cancelled_under_work_leaves_a_note(api: ApiStore) -> None:
    untouched, worked_on = recorded(api, 2)
    now = records.now()
    api.builds.claim([worked_on], "s", now, now + MINUTE)
    assert api.builds.cancel(untouched) and api.builds.cancel(worked_on)

    def noted(before: Any) -> set[str]:
        return set(api.builds.cancelled(before, 1000)) & {untouched, worked_on}

    assert noted(now - MINUTE) == set()
    assert noted(now + MINUTE) == {worked_on}
    assert api.builds.get(worked_on) is None
    assert worked_on not in {build.instance_uuid for build in api.builds.find()}
    assert worked_on not in api.builds.stranded(now + 5 * MINUTE, now + 5 * MINUTE, 1000)
    assert api.builds.claim([worked_on], "t", now + 5 * MINUTE, now + 6 * MINUTE) == []
    assert api.builds.place(worked_on, CELL1_UUID) is False
    assert api.builds.cancel(worked_on) is False
    api.builds.forget([worked_on])
    assert noted(now + MINUTE) == set()


def test_cancelling_comes_before_placing(api: ApiStore) -> None:
    (uuid,) = recorded(api)
    assert api.builds.cancel(uuid) is True
    assert api.builds.cancel(uuid) is False
    assert api.builds.place(uuid, CELL1_UUID) is False
    mapping = api.mappings.get(uuid)
    assert mapping.queued_for_delete and mapping.cell_uuid is None
    with pytest.raises(RequestSpecNotFound):
        api.specs.get(uuid)


def test_specs_and_mappings(api: ApiStore) -> None:
    one, two = recorded(api, 2)
    assert set(api.mappings.of([one, two, "x"])) == {one, two}
    api.specs.save(records.request_spec(one, num_instances=3))
    assert api.specs.get(one).num_instances == 3
    api.specs.delete(one)
    api.specs.save(records.request_spec(one, num_instances=4))
    assert api.specs.get(one).num_instances == 4
    for missing in (
        lambda: api.mappings.get(records.new_uuid()),
        lambda: api.mappings.set_queued_for_delete(records.new_uuid(), True),
    ):
        with pytest.raises(InstanceNotFound):
            missing()


def test_limits(api: ApiStore, stores: SqlStores, name: str) -> None:
    import sqlalchemy as sa

    from nova.db.api import quotas

    def add(connection: sa.Connection) -> None:
        rows: list[tuple[Any, dict[str, Any]]] = [
            (quotas.quotas, {"project_id": name, "resource": "cores", "hard_limit": 5}),
            (quotas.quotas, {"project_id": name, "resource": "ram", "hard_limit": 7}),
            (
                quotas.project_user_quotas,
                {"project_id": name, "user_id": "u", "resource": "cores", "hard_limit": 1},
            ),
            (quotas.quota_classes, {"class_name": name, "resource": "ram", "hard_limit": 9}),
        ]
        for table, values in rows:
            connection.execute(sa.insert(table), values)

    stores.api.database.write(add)
    assert api.quotas.limits(name) == {"cores": 5, "ram": 7}
    assert api.quotas.limits(name, "u") == {"cores": 1, "ram": 7}
    assert api.quotas.class_limits(name) == {"ram": 9}
    assert api.quotas.limits("nobody") == {}
