"""What one host does to a server fails, and the host dies, before, in and after it.

Whatever happens: one recorded outcome, nothing is being done to the server any more, and
nothing is held that was not.  A host that died does it when it is back.  The cases come from
the declarations: an action that nobody knows how to begin fails here.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest

from nova.clients.image.contract import ImageMeta, ImageUnavailable
from nova.core.action import HostAction
from nova.core.states import VmState
from nova.servers import BY_KIND
from tests.functional.test_workflow_steps import HOSTS, at_rest, away_with, holdings
from tests.simulation import invariants
from tests.simulation.faults import Odds
from tests.simulation.story import ADMIN, AGENT_IMAGE
from tests.simulation.tampering import Moment, Plan, Tamperer, fail
from tests.simulation.world import World, repeatable

ACTIONS = {
    kind: one for kind, one in BY_KIND.items()
    if isinstance(one, HostAction) and type(one).on_host is not HostAction.on_host
}  # fmt: skip
# What those are asked with that take more than their name.
BODIES: dict[str, Any] = {
    "changePassword": {"adminPass": "secret"},
    "reboot-soft": {"type": "SOFT"},
    "reboot-hard": {"type": "HARD"},
}
# How an active server gets into the other states.
WAYS: dict[VmState, tuple[str, dict[str, Any] | None]] = {
    VmState.STOPPED: ("POST", {"os-stop": None}),
    VmState.PAUSED: ("POST", {"pause": None}),
    VmState.SUSPENDED: ("POST", {"suspend": None}),
    VmState.SOFT_DELETED: ("DELETE", None),
}


@dataclass(frozen=True)
class Case:
    kind: str
    moment: Moment
    mishap: str

    def __str__(self) -> str:
        return f"{self.kind}-{self.mishap}-{self.moment.value}"


def cases() -> Iterator[Case]:
    for kind in ACTIONS:
        for moment in Moment:
            for mishap in ("fails", "dies"):
                yield Case(kind, moment, mishap)


def stage() -> tuple[World, Tamperer]:
    tamperer = Tamperer()
    with mock.patch("tests.cloud.BY_KIND", tamperer.actions(BY_KIND)):
        world = World(1, Odds(), HOSTS[:1], reclaim=9999).start()
    world.cloud.image_state.add(
        ImageMeta(id=AGENT_IMAGE, name="agent", disk_format="raw", container_format="bare",
                  visibility="public", properties={"hw_qemu_guest_agent": "yes"}), b"agent")
    return world, tamperer


class Stages:
    """One for each action."""

    def __init__(self) -> None:
        self.made: dict[str, tuple[World, Tamperer]] = {}


@pytest.fixture(scope="module")
def stages() -> Stages:
    return Stages()


def state_before(kind: str) -> VmState:
    allowed = ACTIONS[kind].moves.frm
    if VmState.ACTIVE in allowed:
        return VmState.ACTIVE
    return next(state for state in WAYS if state in allowed)


def server_for(world: World, kind: str) -> str:
    """In a state that the action may begin from."""
    uuid = world.boot("server", imageRef=AGENT_IMAGE)
    assert uuid is not None
    at_rest(world)
    wanted = state_before(kind)
    if wanted is not VmState.ACTIVE:
        method, body = WAYS[wanted]
        path = f"/servers/{uuid}" if body is None else f"/servers/{uuid}/action"
        world.request(method, path, body)
        at_rest(world)
    assert invariants.servers_of(world)[uuid][1].vm_state == wanted
    return uuid


def happening(case: Case, world: World) -> Callable[[], None]:
    return fail if case.mishap == "fails" else world.die


@pytest.mark.parametrize("case", cases(), ids=str)
def test_it_ends_well(case: Case, stages: Stages) -> None:
    seed = zlib.crc32(str(case).encode())
    with repeatable(seed):
        world, tamperer = stages.made.pop(case.kind) if case.kind in stages.made else stage()
        world.clock.random.seed(seed)
        with mock.patch("tests.cloud.BY_KIND", tamperer.actions(BY_KIND)):
            _play(case, world, tamperer)
    stages.made[case.kind] = (world, tamperer)


def _play(case: Case, world: World, tamperer: Tamperer) -> None:
    uuid = server_for(world, case.kind)
    before = holdings(world)
    plan = Plan(case.kind, 0, moment=case.moment, happen=happening(case, world), times=1)
    tamperer.plans = [plan]
    body = {ACTIONS[case.kind].name: BODIES.get(case.kind)}
    world.request("POST", f"/servers/{uuid}/action", body, token=ADMIN)
    at_rest(world)
    tamperer.plans = []
    assert plan.happened, "it was not even begun"
    ended_once(world, uuid, case)
    kept = holdings(world)
    assert (kept["claims"], kept["ports"]) == (before["claims"], before["ports"])
    if case.mishap == "fails" and case.moment is Moment.BEFORE:
        assert kept["guests"] == before["guests"]
    invariants.check(world)
    by_force(world, uuid)


def ended_once(world: World, uuid: str, case: Case) -> None:
    cell, instance = invariants.servers_of(world)[uuid]
    # The host may have found more to do since: a guest that is off is stopped properly.
    *_, found = [one for one in cell.operations.of_instance(uuid) if one.kind == case.kind]
    assert found.state == ("failed" if case.mishap == "fails" else "done"), found
    to = ACTIONS[case.kind].moves.to
    if found.state == "failed":
        assert cell.instances.get(uuid).fault is not None
    elif to is not None:
        assert instance.vm_state == to


def by_force(world: World, uuid: str) -> None:
    """Deleted for good, though deletes are soft here."""
    world.request("POST", f"/servers/{uuid}/action", {"forceDelete": None})
    at_rest(world)
    away_with(world, uuid)


def asked(world: World, uuid: str, body: dict[str, Any]) -> None:
    reply = world.request("POST", f"/servers/{uuid}/action", body, token=ADMIN)
    assert reply is not None
    assert reply.status in (200, 202), reply.body


def test_a_server_deleted_in_rescue_is_restored_to_its_own_disk() -> None:
    with repeatable(1):
        world, _ = stage()
        uuid = server_for(world, "pause")
        asked(world, uuid, {"rescue": None})
        at_rest(world)
        world.request("DELETE", f"/servers/{uuid}")
        at_rest(world)
        asked(world, uuid, {"restore": None})
        at_rest(world)
        assert invariants.servers_of(world)[uuid][1].vm_state == "active"
        (guest,) = world.cloud.hypervisors["host1"].all()
        assert (guest.rescue_image, guest.state.name) == (None, "RUNNING")


def test_nobody_keeps_the_image_of_a_server_that_was_taken_from_under_it() -> None:
    """Its host was away, and when it is back an administrator has said what the server is."""
    with repeatable(2):
        world, _ = stage()
        uuid = server_for(world, "pause")
        world.kill("host1")
        asked(world, uuid, {"createImage": {"name": "picture"}})
        assert "queued" in {one.status for one in world.cloud.image_state.images.values()}
        asked(world, uuid, {"os-resetState": {"state": "active"}})
        world.settle(invariants.quiet, 600)
        assert {one.status for one in world.cloud.image_state.images.values()} == {"active"}
        cell, instance = invariants.servers_of(world)[uuid]
        (picture,) = [one for one in cell.operations.of_instance(uuid) if one.kind == "createImage"]
        assert (picture.state, instance.vm_state, instance.task_state) == ("failed", "active", None)


def test_an_image_waits_to_be_deleted_while_its_service_is_away() -> None:
    with repeatable(3):
        world, _ = stage()
        uuid = server_for(world, "pause")
        usual, away = world.cloud.image_state.gate, [True]

        def gate(operation: str) -> None:
            usual(operation)
            if away[0] and operation != "image.create":
                raise ImageUnavailable(service="image", reason="it is away")

        world.cloud.image_state.gate = gate
        asked(world, uuid, {"createImage": {"name": "picture"}})
        world.clock.run(60)
        assert "queued" in {one.status for one in world.cloud.image_state.images.values()}
        away[0] = False
        at_rest(world)
        assert {one.status for one in world.cloud.image_state.images.values()} == {"active"}
        assert invariants.servers_of(world)[uuid][0].instances.get(uuid).fault is not None
