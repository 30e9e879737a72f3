"""What users and administrators do, by seed: close upon each other, in whatever state."""

from collections.abc import Callable
from typing import Any

from nova.clients.image.contract import ImageMeta
from tests.cloud import IMAGE, PROJECT
from tests.simulation.world import World

ANOTHER_IMAGE = "10000000-0000-4000-8000-0000000000aa"
AGENT_IMAGE = "10000000-0000-4000-8000-0000000000ab"
ADMIN = f"admin:{PROJECT}"
# The last version in which addresses of servers are given and taken by actions.
ADDRESSES = "2.43"
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
    "changePassword": {"adminPass": "secret"},
    "lock": None,
}
# What often follows those, that would be refused otherwise.
BACK: dict[str, Any] = {
    "pause": {"unpause": None},
    "os-stop": {"os-start": None},
    "suspend": {"resume": None},
    "rescue": {"unrescue": None},
    "reboot": {"reboot": {"type": "SOFT"}},
    "createBackup": {"createBackup": {"name": "none", "backup_type": "daily", "rotation": 0}},
    "lock": {"unlock": None},
}
# What only administrators do.
RESCUERS: tuple[dict[str, Any], ...] = (
    {"os-resetState": {"state": "error"}},
    {"os-resetState": {"state": "active"}},
    {"injectNetworkInfo": None},
)


def act(world: World, uuid: str, body: dict[str, Any], **more: Any) -> None:
    world.request("POST", f"/servers/{uuid}/action", body, **more)


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


def addresses(world: World, uuid: str) -> None:
    """One more, one less, or both."""
    choice = world.clock.random.random()
    if choice < 0.7:
        act(world, uuid, {"addFixedIp": {"networkId": world.cloud.net.id}}, version=ADDRESSES)
    if choice > 0.4:
        listed = world.request("GET", f"/servers/{uuid}/ips")
        found = listed.body.get("addresses") if listed and listed.body else None
        for known in (found or {}).values():
            wish = {"address": known[-1]["addr"]}
            act(world, uuid, {"removeFixedIp": wish}, version=ADDRESSES)


def some_action(world: World, uuid: str) -> None:
    """And, often, what follows it, before it is done or after."""
    random = world.clock.random
    action = random.choice(list(ACTIONS))
    act(world, uuid, {action: ACTIONS[action]})
    world.clock.run(random.random() * 3)
    if action in BACK and random.random() < 0.5:
        act(world, uuid, BACK[action])


def an_administrator(world: World, uuid: str) -> None:
    act(world, uuid, world.clock.random.choice(RESCUERS), token=ADMIN)


# How often each of these is done to a server that was just made.
CHANGES: tuple[tuple[float, Callable[[World, str], None]], ...] = (
    (0.6, some_action), (0.3, interfaces), (0.15, addresses), (0.15, an_administrator),
    (0.2, some_action),
)


def ends(world: World) -> None:
    """One of those that were made is deleted; some of those are restored, or ended by force."""
    random = world.clock.random
    chosen = random.choice(world.accepted)
    world.request("DELETE", f"/servers/{chosen}")
    if random.random() < 0.5:
        world.clock.run(random.random() * 10)
        act(world, chosen, {random.choice(("restore", "restore", "forceDelete")): None})


def story(world: World) -> None:
    """Boots, all kinds of changes and deletes."""
    random = world.clock.random
    facts = {"disk_format": "raw", "container_format": "bare", "visibility": "public"}
    with_agent = {"hw_qemu_guest_agent": "yes"}
    state = world.cloud.image_state
    state.add(ImageMeta(id=ANOTHER_IMAGE, name="another", **facts), b"another")
    state.add(ImageMeta(id=AGENT_IMAGE, name="agent", properties=with_agent, **facts), b"agent")
    for number in range(8):
        uuid = world.boot(f"server-{number}", imageRef=random.choice((IMAGE, AGENT_IMAGE)))
        world.clock.run(random.random() * 8)
        for chance, change in CHANGES:
            if uuid and random.random() < chance:
                change(world, uuid)
        if world.accepted and random.random() < 0.5:
            ends(world)
