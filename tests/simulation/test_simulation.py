"""Anything may go wrong at any seam; nothing gets stuck and nothing leaks."""

import gc
import os

import pytest

from tests.simulation import invariants
from tests.simulation.faults import Odds
from tests.simulation.story import story
from tests.simulation.world import World, repeatable

SEEDS = range(int(os.environ.get("NOVA_SIMULATION_SEEDS", "6")))
KINDS = {
    "nothing": Odds(),
    "lost messages": Odds(lost=0.15),
    "doubled and late messages": Odds(doubled=0.2, delayed=0.2),
    "crashes": Odds(crash=0.01),
    "database errors": Odds(database=0.03),
    "services away": Odds(service=0.08),
    "broker gone": Odds(broker_gone=(30.0, 90.0)),
    "all of it": Odds(lost=0.05, doubled=0.05, delayed=0.1, crash=0.004, database=0.01,
                      service=0.02),
}
# Seconds that deleted servers are kept in every other run.
KEPT = 60


@pytest.fixture(autouse=True)
def alone() -> None:
    """Tasks of earlier worlds end now, not when their memory happens to be collected."""
    gc.collect()


def reclaim_of(seed: int) -> int:
    return KEPT if seed % 2 else 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_gets_stuck_and_nothing_leaks(kind: str, seed: int) -> None:
    with repeatable(seed):
        world = World(seed, KINDS[kind], reclaim=reclaim_of(seed)).start()
        story(world)
        world.settle(invariants.quiet)
        invariants.check(world)


def trace(seed: int) -> list[tuple[str, str | None, str | None]]:
    with repeatable(seed):
        world = World(seed, KINDS["all of it"], reclaim=reclaim_of(seed)).start()
        story(world)
        world.settle(invariants.quiet)
        servers = sorted(invariants.servers_of(world).items())
        return [(uuid, one.vm_state, one.host) for uuid, (_, one) in servers]


def test_a_seed_replays_exactly() -> None:
    assert trace(3) == trace(3)
