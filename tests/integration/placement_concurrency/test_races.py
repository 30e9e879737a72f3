"""Eight processes want the same: nobody gets more than there is."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from nova.core.clock import RealClock
from nova.placement.db import sync
from nova.placement.db.engine import Database
from tests.api.placement.service import uuid
from tests.databases import fresh_database, kinds
from tests.integration.placement_concurrency import rivals

RIVALS = 8
PROVIDERS = [uuid(number) for number in range(1, 5)]
UNITS = 15


class Race:
    """A placement database with a few small providers, and processes that want them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = Database(url, clock=RealClock())
        sync.sync(self.database)
        self.us = rivals.client_of(self.database)
        for number, one in enumerate(PROVIDERS):
            self.us.provider(one, f"p{number}", inventories={"VCPU": UNITS, "MEMORY_MB": 1000})

    def run(self, what: Callable[..., Any], *arguments: Any) -> list[Any]:
        """What each of the rivals returns."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([rivals.__name__])
        with context.Manager() as manager, ProcessPoolExecutor(RIVALS, context) as pool:
            barrier = manager.Barrier(RIVALS)
            futures = [
                pool.submit(what, self.url, barrier, *arguments, seed) for seed in range(RIVALS)
            ]
            return [future.result(100) for future in futures]


@pytest.fixture(params=kinds())
def race(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Race]:
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(request.param, tmp_path))
        race = Race(url.render_as_string(hide_password=False))
        stack.callback(race.database.dispose)
        yield race


def test_capacity_is_never_exceeded(race: Race) -> None:
    tallies = race.run(rivals.claim, PROVIDERS, 10)
    won = sum(tally.get(204, 0) for tally in tallies)
    used = [race.us.ok("GET", f"/resource_providers/{one}/usages") for one in PROVIDERS]
    # 80 claims wanted 160 of 60 units, so somebody met a full provider.
    assert max(each["usages"]["VCPU"] for each in used) == UNITS
    assert sum(each["usages"]["VCPU"] for each in used) == 2 * won
    assert sum(each["usages"]["MEMORY_MB"] for each in used) == 20 * won
    # A new generation for every claim, besides that of the inventory.
    assert sum(each["resource_provider_generation"] - 1 for each in used) == 2 * won
    assert race.us.ok("GET", "/usages?project_id=p")["usages"]["INSTANCE"]["consumer_count"] == won


def test_of_several_writers_one_wins(race: Race) -> None:
    assert sorted(race.run(rivals.change, PROVIDERS[0], 1)) == [200] + [409] * (RIVALS - 1)
    consumer = uuid(500)
    assert sorted(race.run(rivals.create, PROVIDERS[1], consumer)) == [204] + [409] * (RIVALS - 1)
    assert race.us.ok("GET", f"/allocations/{consumer}")["consumer_generation"] == 1
