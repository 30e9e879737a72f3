"""Creates of a project are recorded one after the other."""

import threading

from nova.db.stores import SqlStores
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
