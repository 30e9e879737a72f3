"""Transitions as messages carry them."""

import json

import pytest

from nova.core.states import ANY, TaskState, Transition, VmState, transition


@pytest.mark.parametrize("moves", [
    Transition(),
    Transition(tasks=None, launched_only=False),
    transition(VmState.ACTIVE, via=TaskState.PAUSING, to=VmState.PAUSED),
    transition(VmState.STOPPED, VmState.ERROR, tasks=(None, TaskState.REBOOTING)),
])
def test_what_arrives_is_what_was_sent(moves: Transition) -> None:
    assert Transition.from_json(json.loads(json.dumps(moves.to_json()))) == moves


def test_any_state_stays_any() -> None:
    assert Transition.from_json(Transition().to_json()).frm == ANY
