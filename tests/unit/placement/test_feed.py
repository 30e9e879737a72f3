"""Several processes: each notices what the others write, however they write it."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from nova.core.clock import RealClock
from nova.placement.api.app import build_app
from nova.placement.db import schema, sync
from nova.placement.db.engine import Database
from nova.placement.db.vocabulary import Vocabulary
from nova.placement.search.feed import Feed
from nova.placement.search.mirror import Mirror
from tests.api.placement.service import Client, fill_cloud, open_database, test_config, uuid
from tests.databases import kinds

from contextlib import ExitStack  # isort: skip


class Pair:
    """A process that writes, and the mirror of another one."""

    def __init__(self, stack: ExitStack, kind: str, folder: Path) -> None:
        self.database = open_database(stack, kind, folder)
        self.writer = Client(build_app(test_config(), database=self.database))
        self.mirror = Mirror()
        self.feed = self._feed(self.mirror)

    def _feed(self, mirror: Mirror) -> Feed:
        return Feed(mirror, Vocabulary(), self.database.dialect, self.database.clock)

    def check(self) -> None:
        """The mirror that followed is equal to one that begins anew."""
        fresh = Mirror()
        self.database.read(self._feed(fresh).refresh)
        self.database.read(self.feed.refresh)
        assert _state(self.mirror) == _state(fresh)
        assert self.mirror.totals == fresh.totals

    def aggregates(self, *numbers: int) -> None:
        path = f"/resource_providers/{uuid(1)}/aggregates"
        self.writer.ok("PUT", path, [uuid(number) for number in numbers], version="1.18")

    def claim(self, provider: int, consumer: int, amount: int) -> None:
        body = {
            "allocations": {uuid(provider): {"resources": {"VCPU": amount}}}, "project_id": "p",
            "user_id": "u",
        }  # fmt: skip
        self.writer.ok("PUT", f"/allocations/{uuid(consumer)}", body, version="1.12")


def _state(mirror: Mirror) -> dict[str, object]:
    return {
        node.uuid: (
            node.generation, node.parent, node.root, node.traits, node.aggregates, node.stock,
            [each.id for each in mirror.trees[node.root]],
        )
        for node in mirror.nodes.values()
    }  # fmt: skip


@pytest.fixture(params=kinds())
def pair(request: pytest.FixtureRequest, tmp_path: Path):
    with ExitStack() as stack:
        yield Pair(stack, request.param, tmp_path)


def test_follows_every_kind_of_write(pair: Pair) -> None:
    call = pair.writer.ok
    pair.check()
    fill_cloud(pair.writer)
    pair.check()
    pair.claim(1, 501, 2)
    pair.check()
    pair.claim(2, 501, 1)  # frees one, without a new generation of it
    pair.check()
    call("DELETE", f"/allocations/{uuid(501)}")
    pair.check()
    for number in (903, 904, 905):  # three in one second, and no generation
        pair.aggregates(number)
        pair.check()
    call("PUT", f"/resource_providers/{uuid(12)}",
         {"name": "moved", "parent_provider_uuid": uuid(2)})  # fmt: skip
    pair.check()
    call("DELETE", f"/resource_providers/{uuid(21)}")
    pair.check()
    call("DELETE", f"/resource_providers/{uuid(12)}")
    call("POST", "/resource_providers", {"name": "after", "uuid": uuid(22)})
    pair.check()
    call("PUT", "/traits/CUSTOM_LATE")
    call("PUT", f"/resource_providers/{uuid(22)}/traits",
         {"traits": ["CUSTOM_LATE"], "resource_provider_generation": 0})  # fmt: skip
    pair.check()


def test_follows_a_writer_with_another_clock(pair: Pair) -> None:
    """What seems to be old is found by comparing sums."""
    fill_cloud(pair.writer)
    pair.check()
    table = schema.PROVIDERS
    long_ago = sa.func.coalesce(None, sa.literal(RealClock().now().replace(year=2001, tzinfo=None)))
    statement = (
        sa.update(table).where(table.c.uuid == uuid(2)).values(generation=77, updated_at=long_ago)
    )
    pair.database.write(lambda connection: connection.execute(statement))
    pair.check()
    assert pair.mirror.nodes[pair.mirror.ids[uuid(2)]].generation == 77


def test_a_failed_refresh_is_made_good(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_cloud(pair.writer)
    with monkeypatch.context() as patch:
        patch.setattr(pair.mirror, "put", _fail_after(3, pair.mirror.put))
        with pytest.raises(RuntimeError):
            pair.database.read(pair.feed.refresh)
    pair.check()


def _fail_after(count: int, function):
    calls = []

    def failing(*arguments):
        calls.append(arguments)
        if len(calls) > count:
            raise RuntimeError("the connection is lost")
        return function(*arguments)

    return failing


def test_schema_is_complete(pair: Pair) -> None:
    """What the migration made on a real server is what the code expects."""
    inspector = sa.inspect(pair.database.engine)
    for table in schema.METADATA.sorted_tables:
        columns = {column["name"] for column in inspector.get_columns(table.name)}
        assert columns == set(table.columns.keys())
    assert sync.version(pair.database) == sync.head()
    assert isinstance(pair.database, Database)
