"""Creates of a project are recorded one after the other."""

import threading

from nova.db.stores import SqlStores
from nova.objects.cloud import BuildRequest, RequestSpec
from nova.objects.store.api import Turn
from nova.servers.steps.unique_names import InstanceExists
from tests import records

THREADS, EACH = 6, 4
PROJECT = "turns"


def test_whoever_is_seen_is_seen_with_all_before(stores: SqlStores) -> None:
    """After recording, each sees every build with a lower id than its own."""
    seen: dict[int, set[int]] = {}
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(EACH):
                uuid = records.new_uuid()
                instance = records.instance(uuid=uuid, project_id=PROJECT)
                build = records.build_request(instance, project_id=PROJECT)
                spec = records.request_spec(uuid)
                stores.api.builds.record([(build, spec)], in_turn=True)
                now = stores.api.builds.find(project_id=PROJECT)
                (mine,) = (each.id for each in now if each.instance_uuid == uuid)
                seen[mine] = {each.id for each in now if each.id < mine}
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert len(seen) == THREADS * EACH
    for mine, before in seen.items():
        assert before == {other for other in seen if other < mine}


def test_limits(stores: SqlStores) -> None:
    quotas = stores.api.quotas
    quotas.set("p", {"cores": 3, "ram": 4})
    quotas.set("p", {"cores": 5})
    quotas.set("p", {"cores": 1}, "u")
    quotas.set_class("default", {"instances": 2})
    assert quotas.limits("p") == {"cores": 5, "ram": 4}
    assert quotas.both("p", "u") == ({"cores": 5, "ram": 4}, {"cores": 1, "ram": 4})
    assert quotas.class_limits("default") == {"instances": 2}
    quotas.drop("p", "u")
    assert quotas.limits("p", "u") == {"cores": 5, "ram": 4}
    quotas.set("p", {"cores": 1}, "u")
    quotas.drop("p")
    assert quotas.both("p", "u") == ({}, {})
    quotas.set_class("default", {"instances": -1})


def test_looking_and_writing_are_one(stores: SqlStores) -> None:
    """Everybody looks whether the place is taken, and takes it unless it is."""
    taken: list[str] = []
    refused: list[str] = []

    def work(me: str) -> None:
        def look(waiting: list[BuildRequest]) -> None:
            if taken or waiting:
                raise InstanceExists(name=me)

        try:
            stores.api.builds.after(Turn("places", "places", look), lambda: taken.append(me))
        except InstanceExists:
            refused.append(me)

    threads = [threading.Thread(target=work, args=(str(n),)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(taken), len(refused)) == (1, THREADS - 1)


def test_a_turn_sees_what_others_recorded_in_it(stores: SqlStores) -> None:
    """Of creates and changes that ask for a name at once, one has it."""
    other = "turns of names"
    done: list[str] = []

    def look(waiting: list[BuildRequest]) -> None:
        if any(one.instance.display_name == "wanted" for one in waiting):
            raise InstanceExists(name="wanted")

    def waiting_one(name: str) -> tuple[BuildRequest, RequestSpec]:
        uuid = records.new_uuid()
        instance = records.instance(uuid=uuid, project_id=other, display_name=name)
        return records.build_request(instance, project_id=other), records.request_spec(uuid)

    def work(rename: str | None) -> None:
        turn = Turn(other, other, look)
        try:
            if rename is None:
                stores.api.builds.record([waiting_one("wanted")], in_turn=True, turn=turn)
            else:
                stores.api.builds.change(rename, {"display_name": "wanted"}, turn)
            done.append(rename or "")
        except InstanceExists:
            pass

    old = [waiting_one(f"old{n}") for n in range(THREADS)]
    stores.api.builds.record(old)
    asked = [*(build.instance_uuid for build, _ in old), *[None] * THREADS]
    threads = [threading.Thread(target=work, args=(one,)) for one in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(done) == 1
