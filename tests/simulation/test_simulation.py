"""Anything may go wrong at any seam; nothing gets stuck and nothing leaks."""

import os
from typing import Any

import pytest

from nova.clients.image.contract import ImageMeta
from tests.simulation import invariants
from tests.simulation.faults import Odds
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


ANOTHER_IMAGE = "10000000-0000-4000-8000-0000000000aa"
# What may be done to a server, with the body it takes.
ACTIONS: dict[str, Any] = {
    "pause": None,
    "os-stop": None,
    "reboot": {"type": "HARD"},
    "suspend": None,
    "rebuild": {"imageRef": ANOTHER_IMAGE},
    "rescue": None,
    "createImage": {"name": "picture"},
    "createBackup": {"name": "backup", "backup_type": "daily", "rotation": 1},
    "trigger_crash_dump": None,
}
# Seconds that deleted servers are kept in every other run.
KEPT = 60


def reclaim_of(seed: int) -> int:
    return KEPT if seed % 2 else 0


def interfaces(world: World, uuid: str) -> None:
    """One more, one less, or both."""
    choice = world.clock.random.random()
    if choice < 0.7:
        wish = {"interfaceAttachment": {"net_id": world.cloud.net.id}}
        world.request("POST", f"/servers/{uuid}/os-interface", wish)
    if choice > 0.4:
        listed = world.request("GET", f"/servers/{uuid}/os-interface")
        found = listed.body.get("interfaceAttachments") if listed and listed.body else None
        if found:
            port_id = found[0]["port_id"]
            world.request("DELETE", f"/servers/{uuid}/os-interface/{port_id}")


def story(world: World) -> None:
    """Boots, all kinds of changes and deletes, close upon each other."""
    random = world.clock.random
    facts = {"disk_format": "raw", "container_format": "bare", "visibility": "public"}
    world.cloud.image_state.add(ImageMeta(id=ANOTHER_IMAGE, name="another", **facts), b"another")
    for number in range(8):
        uuid = world.boot(f"server-{number}")
        world.clock.run(random.random() * 8)
        if uuid and random.random() < 0.5:
            action = random.choice(list(ACTIONS))
            world.request("POST", f"/servers/{uuid}/action", {action: ACTIONS[action]})
            world.clock.run(random.random() * 3)
            if action == "rescue" and random.random() < 0.5:
                world.request("POST", f"/servers/{uuid}/action", {"unrescue": None})
        if uuid and random.random() < 0.4:
            interfaces(world, uuid)
        if world.accepted and random.random() < 0.5:
            chosen = random.choice(world.accepted)
            world.request("DELETE", f"/servers/{chosen}")
            if random.random() < 0.4:
                world.clock.run(random.random() * 10)
                world.request("POST", f"/servers/{chosen}/action", {"restore": None})


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
