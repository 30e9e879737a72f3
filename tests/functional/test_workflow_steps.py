"""Every step of every workflow fails, and its runner dies, before, in and after it.

Whatever happens: one recorded outcome, the right undos in reverse, and nothing is held
that nobody has.  The cases come from the declarations (tests/simulation/tampering.py);
a workflow that does not begin with `POST .../action {name: null}` says below how it does.
"""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

import pytest

from nova.clients.image.contract import ImageMeta
from nova.core.action import WorkflowAction
from nova.core.workflow import PointOfNoReturn, places
from nova.servers import BY_KIND
from tests.simulation import invariants
from tests.simulation.faults import Odds
from tests.simulation.tampering import Moment, Plan, Tamperer, fail
from tests.simulation.world import World, repeatable

# One of those that share their steps is enough.
WORKFLOWS = {
    one.kind: one for one in {
        one.steps: one for one in BY_KIND.values() if isinstance(one, WorkflowAction)}.values()
}  # fmt: skip
ALWAYS = 1000
HOSTS = ("host1", "host2", "host3")
# Of servers whose disks are not encrypted: an image of one that is can be made only with its
# user's token, which nobody has who takes over from a process that died.
IN_PLAIN = frozenset({"createImage", "createBackup"})
# Steps that somebody else did already for the first candidate.
STARTS_AT = {"create": 1}


@dataclass(frozen=True)
class Case:
    """`fails`, `always fails`, `dies`, or `dies undoing` what failed."""

    kind: str
    number: int
    moment: Moment
    mishap: str

    def __str__(self) -> str:
        step = places(WORKFLOWS[self.kind].steps)[self.number].step
        return f"{self.kind}-{self.mishap}-{self.moment.value}-{self.number}-{type(step).__name__}"


def cases() -> Iterator[Case]:
    """A step that several workflows have is tried in the first of them."""
    seen: set[int] = set()
    for kind, action in WORKFLOWS.items():
        for number, place in enumerate(places(action.steps)):
            if id(place.step) in seen:
                continue
            seen.add(id(place.step))
            for moment in Moment:
                yield Case(kind, number, moment, "dies")
                if not isinstance(place.step, PointOfNoReturn):  # which does nothing
                    for mishap in ("fails", "always fails", "dies undoing"):
                        yield Case(kind, number, moment, mishap)


def _boot(world: World) -> str:
    uuid = world.boot("server", networks=[{"uuid": world.cloud.net.id}])
    assert uuid is not None
    return uuid


def _running(world: World) -> str:
    uuid = _boot(world)
    at_rest(world)
    assert invariants.servers_of(world)[uuid][1].vm_state == "active"
    return uuid


def at_rest(world: World) -> None:
    """All went well: there is nothing to wait for but what is under way."""
    for _ in range(60):
        if invariants.quiet(world):
            return
        world.clock.run(2)
    raise AssertionError("it takes too long")


def _act(world: World, uuid: str, kind: str) -> None:
    world.request("POST", f"/servers/{uuid}/action", {WORKFLOWS[kind].name: BODIES.get(kind)},
                  token="admin:11111111111141118111111111111111")  # fmt: skip


def _rescued(world: World) -> str:
    uuid = _running(world)
    _act(world, uuid, "rescue")
    at_rest(world)
    assert invariants.servers_of(world)[uuid][1].vm_state == "rescued"
    return uuid


def _with_another_image(world: World) -> str:
    facts = {"disk_format": "raw", "container_format": "bare", "visibility": "public"}
    world.cloud.image_state.add(ImageMeta(id=ANOTHER_IMAGE, name="another", **facts), b"another")
    return _running(world)


def _acted(world: World, uuid: str | None, kind: str) -> str:
    assert uuid is not None
    _act(world, uuid, kind)
    return uuid


ANOTHER_IMAGE = "10000000-0000-4000-8000-0000000000aa"
# What those actions are asked with that take more than their name.
BODIES: dict[str, Any] = {
    "rebuild": {"imageRef": ANOTHER_IMAGE},
    "createImage": {"name": "picture"},
    "createBackup": {"name": "backup", "backup_type": "daily", "rotation": 0},
}


# Workflows that a server is not asked for by an action: (what is there before, how to ask).
BEGIN: dict[str, tuple[Callable[[World], str | None], Callable[[World, str | None], str]]] = {
    "create": (lambda world: None, lambda world, _: _boot(world)),
    "delete": (_running, lambda world, uuid: _delete(world, uuid)),
    "unrescue": (_rescued, lambda world, uuid: _acted(world, uuid, "unrescue")),
    "rebuild": (_with_another_image, lambda world, uuid: _acted(world, uuid, "rebuild")),
    "soft-delete": (_running, lambda world, uuid: _delete_softly(world, uuid)),
    "attach_interface": (_running, lambda world, uuid: _attach(world, uuid)),
    "detach_interface": (_running, lambda world, uuid: _detach(world, uuid)),
}


def _delete_softly(world: World, uuid: str | None) -> str:
    world.cloud.api_conf.set_override("reclaim_instance_interval", 9999)
    try:
        return _delete(world, uuid)
    finally:
        world.cloud.api_conf.set_override("reclaim_instance_interval", 0)


def _attach(world: World, uuid: str | None) -> str:
    """Whoever asks may hear of nothing but a host that is silent."""
    assert uuid is not None
    wish = {"interfaceAttachment": {"net_id": world.cloud.net.id}}
    world.request("POST", f"/servers/{uuid}/os-interface", wish)
    return uuid


def _detach(world: World, uuid: str | None) -> str:
    assert uuid is not None
    (port,) = invariants.servers_of(world)[uuid][0].instances.get(uuid).network_info
    reply = world.request("DELETE", f"/servers/{uuid}/os-interface/{port['id']}")
    assert reply is not None
    assert reply.status == 202
    return uuid


def _delete(world: World, uuid: str | None) -> str:
    assert uuid is not None
    reply = world.request("DELETE", f"/servers/{uuid}")
    assert reply is not None
    assert reply.status == 204
    return uuid


def begin(world: World, kind: str) -> tuple[str | None, Callable[[], str]]:
    if kind in BEGIN:
        before, ask = BEGIN[kind]
        there = before(world)
        return there, lambda: ask(world, there)
    uuid = _running(world)

    def ask_for_action() -> str:
        _act(world, uuid, kind)
        return uuid

    return uuid, ask_for_action


class Stage:
    """Worlds are made once for each workflow, and again after a case that went badly."""

    def __init__(self) -> None:
        self._worlds: dict[str, tuple[World, Tamperer]] = {}

    @contextmanager
    def world(self, case: Case) -> Iterator[tuple[World, Tamperer]]:
        seed = zlib.crc32(str(case).encode())
        with repeatable(seed):
            world, tamperer = self._worlds.pop(case.kind, None) or _built(seed, case.kind)
            world.clock.random.seed(seed)
            with mock.patch("tests.cloud.BY_KIND", tamperer.actions(BY_KIND)):
                yield world, tamperer
        self._worlds[case.kind] = (world, tamperer)


def _built(seed: int, kind: str) -> tuple[World, Tamperer]:
    tamperer = Tamperer()
    with mock.patch("tests.cloud.BY_KIND", tamperer.actions(BY_KIND)):
        world = World(seed, Odds(), HOSTS).start()
    if kind not in IN_PLAIN:
        specs = {"hw:ephemeral_encryption": "true"}
        world.cloud.stores.api.flavors.set_specs(world.cloud.flavor.flavorid, specs)
    return world, tamperer


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


def holdings(world: World) -> dict[str, Any]:
    """What is held anywhere: claims, ports, guests and secrets."""
    cloud = world.cloud
    return {
        "claims": {c: a.resources for c, a in cloud.placement_state.consumers.items()
                   if a.resources},
        "ports": {p.id: p.device_id for p in cloud.network_state.ports.values()},
        "secrets": set(cloud.keys.passphrases),
        "guests": {(host, guest.uuid): guest.state
                   for host, hypervisor in cloud.hypervisors.items() for guest in hypervisor.all()},
    }  # fmt: skip


def pictures(world: World) -> set[str]:
    """Images of servers, with bytes or without."""
    return {one.id for one in world.cloud.image_state.images.values()
            if "instance_uuid" in one.properties}  # fmt: skip


def past_return(case: Case) -> bool:
    flat = places(WORKFLOWS[case.kind].steps)[: case.number]
    return any(isinstance(place.step, PointOfNoReturn) for place in flat)


def plans_of(case: Case, world: World) -> list[Plan]:
    lead = []
    if case.number < STARTS_AT.get(case.kind, 0):
        lead = [Plan(case.kind, STARTS_AT[case.kind], happen=fail, times=1)]
    wish = {"kind": case.kind, "number": case.number, "moment": case.moment}
    if case.mishap == "dies":
        return [Plan(**wish, happen=world.die, times=1), *lead]
    if case.mishap == "dies undoing":
        dying = Plan(**wish, doing="undo", happen=world.die, times=1)
        return [Plan(case.kind, case.number, happen=fail, times=1), dying, *lead]
    times = ALWAYS if case.mishap == "always fails" else 1
    return [Plan(**wish, happen=fail, times=times), *lead]


@pytest.mark.parametrize("case", cases(), ids=str)
def test_it_ends_well(case: Case, stage: Stage) -> None:
    with stage.world(case) as (world, tamperer):
        _, ask = begin(world, case.kind)
        before = holdings(world)
        world.cloud.image_state.images = {
            key: one for key, one in world.cloud.image_state.images.items()
            if "instance_uuid" not in one.properties
        }
        tamperer.done.clear()
        tamperer.plans = plans = plans_of(case, world)
        uuid = ask()
        if case.mishap.startswith("dies"):
            world.settle(invariants.quiet, 3600)
        else:
            at_rest(world)
        tamperer.plans = []
        if not all(plan.happened for plan in plans):
            assert case.moment is Moment.IN, "it did not happen"
            case = replace(case, mishap="nothing") if case.mishap != "dies undoing" else case
        assert all_undone(case, tamperer.done)
        ended_once(world, uuid, case, before)
        away_with(world, uuid)


def all_undone(case: Case, done: list[tuple[str, int]]) -> bool:
    """Each failure is followed by the undos of what came before it, the last first."""
    if case.mishap not in ("fails", "always fails"):
        return True
    flat = places(WORKFLOWS[case.kind].steps)
    points = [n for n, place in enumerate(flat) if isinstance(place.step, PointOfNoReturn)]
    first = max((n + 1 for n in points if n < case.number), default=0)
    retry = flat[case.number].retry
    until = flat[case.number].start if retry else first
    failed = done.index(("do", case.number))
    undone = [number for doing, number in done[failed + 1:] if doing == "undo"]
    wanted = list(range(case.number, until - 1, -1))
    assert undone[: len(wanted)] == wanted, done
    if case.mishap == "fails" and retry:
        assert done[failed + 1 + len(wanted)] == ("do", until), "the next candidate's turn"
    return True


def ended_once(world: World, uuid: str, case: Case, before: dict[str, Any]) -> None:
    action = WORKFLOWS[case.kind]
    cell, instance = invariants.servers_of(world)[uuid]
    found = [one for one in cell.operations.of_instance(uuid) if one.kind == case.kind]
    assert len(found) == 1, found
    assert found[0].state in wanted_ends(case), found
    if found[0].state == "done":
        assert instance.deleted == bool(action.deletes())
    elif not action.deletes():
        if past_return(case):
            # What became of the guest, and of its image, was not taken back.
            del before["guests"]
            if case.kind == "detach_interface":
                del before["ports"]
            assert before.items() <= holdings(world).items()
        else:
            assert holdings(world) == before
            assert pictures(world) == set()
        assert cell.instances.get(uuid).fault is not None
    if found[0].state == "done" or not action.deletes():
        invariants.check(world)


def wanted_ends(case: Case) -> set[str]:
    """A runner that died is followed by another; a failure is final without a candidate.
    Who takes over from one that died undoing may try again, or undo as well."""
    if case.mishap == "dies undoing":
        return {"done", "failed"}
    retried = places(WORKFLOWS[case.kind].steps)[case.number].retry is not None
    if case.mishap == "always fails" or (case.mishap == "fails" and not retried):
        return {"failed"}
    return {"done"}


def away_with(world: World, uuid: str) -> None:
    """Whatever became of it, the user can be rid of it, and then nothing is held."""
    if not invariants.servers_of(world)[uuid][1].deleted:
        _delete(world, uuid)
        at_rest(world)
    invariants.check(world)
    assert holdings(world) == {"claims": {}, "ports": {}, "secrets": set(), "guests": {}}
