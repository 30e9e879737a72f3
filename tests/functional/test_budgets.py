"""What an operation costs, counted: upper bounds that are to be lowered, never raised lightly.

(SQL statements, messages with their answers, HTTP calls to other services), of all
processes together.
"""

from collections.abc import Callable, Iterator

import pytest

from tests import counted
from tests.counted import Count, CountedCloud

SERVERS = 20


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CountedCloud]:
    with counted.running(tmp_path_factory.mktemp("counted")) as running:
        yield running


@pytest.fixture(scope="module")
def uuid(cloud: CountedCloud) -> str:
    return cloud.create()


def cost(cloud: CountedCloud, work: Callable[[], object]) -> Count:
    with cloud.counted() as count:
        work()
    return count


def within(count: Count, statements: int, messages: int, calls: int) -> None:
    assert len(count.statements) <= statements, count.statements
    assert count.messages.total() <= messages, count.messages
    assert count.calls.total() <= calls, count.calls


def test_create(cloud: CountedCloud) -> None:
    within(cost(cloud, cloud.create), statements=44, messages=9, calls=6)


def test_show(cloud: CountedCloud, uuid: str) -> None:
    within(cost(cloud, lambda: cloud.ask("GET", f"/servers/{uuid}")), 10, 0, calls=2)


def test_pause(cloud: CountedCloud, uuid: str) -> None:
    def pause() -> None:
        cloud.ask("POST", f"/servers/{uuid}/action", {"pause": None})
        cloud.until(uuid, "paused")

    within(cost(cloud, pause), statements=21, messages=5, calls=0)


def test_delete(cloud: CountedCloud) -> None:
    uuid = cloud.create()

    def delete() -> None:
        cloud.ask("DELETE", f"/servers/{uuid}")
        cloud.until(uuid, "deleted")

    within(cost(cloud, delete), statements=27, messages=5, calls=3)


@pytest.mark.parametrize("path", ["/servers", "/servers/detail"])
def test_a_list_costs_the_same_however_long(cloud: CountedCloud, uuid: str, path: str) -> None:
    one = cost(cloud, lambda: cloud.ask("GET", f"{path}?limit=1"))
    for _ in range(SERVERS - len(cloud.ask("GET", "/servers").body["servers"])):
        cloud.create()
    many = cost(cloud, lambda: cloud.ask("GET", path))
    assert len(cloud.ask("GET", path).body["servers"]) >= SERVERS
    assert len(many.statements) == len(one.statements), many.statements
    within(many, statements=10, messages=0, calls=2)


def test_nobody_asks_the_version_of_anybody(cloud: CountedCloud) -> None:
    within(cost(cloud, lambda: cloud.ask("GET", "/")), 0, 0, 0)
