"""A request costs a constant number of SQL statements, whatever there is."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from nova.core.clock import RealClock
from nova.placement.api.app import build_app
from nova.placement.db import sync
from nova.placement.db.engine import Database
from tests.api.placement.service import Client, test_config, uuid

STOCK = {"VCPU": 100, "MEMORY_MB": 100_000, "DISK_GB": 1000}
AMOUNTS = {"VCPU": 1, "MEMORY_MB": 100, "DISK_GB": 1}
SEARCH = "/allocation_candidates?resources=VCPU:1,MEMORY_MB:100,DISK_GB:1&required=CUSTOM_T"


class Counted:
    """A service that says how many statements a call took."""

    def __init__(self) -> None:
        self.database = Database("sqlite://", clock=RealClock())
        sync.sync(self.database)
        self.client = Client(build_app(test_config(), database=self.database))

    def add(self, first: int, last: int) -> None:
        for number in range(first, last + 1):
            self.client.provider(
                uuid(number), f"p{number}", inventories=STOCK, traits=("CUSTOM_T",),
                aggregates=(uuid(900),),
            )  # fmt: skip

    def count(self, method: str, path: str, body: object = None) -> int:
        with self._counting() as seen:
            self.client.ok(method, path, body)
        return len(seen)

    @contextmanager
    def _counting(self) -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
            if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
                seen.append(statement)

        sa.event.listen(self.database.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            sa.event.remove(self.database.engine, "before_cursor_execute", note)


@pytest.fixture
def service() -> Counted:
    made = Counted()
    made.add(1, 3)
    return made


def _claim(number: int, *providers: int, generation: int | None = None) -> tuple[str, dict]:
    body = {
        "allocations": {uuid(one): {"resources": AMOUNTS} for one in providers},
        "project_id": "p", "user_id": "u", "consumer_generation": generation,
        "consumer_type": "INSTANCE",
    }  # fmt: skip
    return f"/allocations/{uuid(number)}", body


def test_a_claim(service: Counted) -> None:
    service.count("PUT", *_claim(500, 1))
    assert service.count("PUT", *_claim(501, 1)) == 6
    assert service.count("PUT", *_claim(502, 1, 2, 3)) == 6
    assert service.count("PUT", *_claim(502, 1, 2, 3, generation=1)) == 7
    assert service.count("DELETE", f"/allocations/{uuid(502)}") == 5


def test_a_search_reads_what_changed(service: Counted) -> None:
    service.count("GET", SEARCH)
    assert service.count("GET", SEARCH) == 2
    service.count("PUT", *_claim(501, 1))
    one = service.count("GET", SEARCH)
    service.add(4, 30)
    many = service.count("GET", SEARCH)
    assert one == many <= 8
    assert service.count("GET", SEARCH) == 2


def test_lists_of_any_length(service: Counted) -> None:
    paths = ["/resource_providers", f"/resource_providers?member_of={uuid(900)}", "/traits"]
    before = [(service.count("GET", path), service.count("GET", path))[1] for path in paths]
    service.add(4, 20)
    after = [(service.count("GET", path), service.count("GET", path))[1] for path in paths]
    assert before == after
