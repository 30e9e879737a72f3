"""Placement hears at once which computes take no new servers."""

import pytest

from nova.resources.services.held_back import DISABLED
from tests.api.world import World


@pytest.fixture
def world() -> World:
    made = World()
    made.add_hosts(["host1", "host2"])
    return made


def marked(world: World) -> set[str]:
    facts = world.placement.facts
    return {
        node.host for node in world.cell.nodes.find()
        if DISABLED in facts.traits(None, node.uuid).traits
    }


WAYS = {
    "by verb": ("2.1", "/os-services/{verb}", {"host": "host2", "binary": "nova-compute"}),
    "by uuid": ("2.53", "/os-services/{uuid}", {"status": "{verb}d"}),
    "by host": ("2.1", "/os-hosts/host2", {"status": "{verb}"}),
}


@pytest.mark.parametrize("way", WAYS)
def test_disabling_and_enabling(world: World, way: str) -> None:
    version, path, body = WAYS[way]
    (service,) = world.cell.services.find(host="host2", binary="nova-compute")
    for verb, expected in (("disable", {"host2"}), ("enable", set())):
        answer = world.ask(
            "PUT", path.format(verb=verb, uuid=service.uuid), who="admin", version=version,
            json={name: value.format(verb=verb) for name, value in body.items()},
        )
        assert answer.status_int == 200, answer.text
        assert marked(world) == expected


def test_other_traits_stay(world: World) -> None:
    (node,) = world.cell.nodes.find(host="host1")
    facts = world.placement.facts
    before = facts.traits(None, node.uuid)
    facts.set_traits(None, node.uuid, frozenset({"CUSTOM_GOLD"}), before.generation)
    body = {"host": "host1", "binary": "nova-compute"}
    world.ask("PUT", "/os-services/disable", who="admin", json=body)
    assert facts.traits(None, node.uuid).traits == {"CUSTOM_GOLD", DISABLED}


def test_a_compute_without_a_provider_is_disabled_all_the_same(world: World) -> None:
    (node,) = world.cell.nodes.find(host="host1")
    world.placement.providers.delete(None, node.uuid)
    body = {"host": "host1", "binary": "nova-compute"}
    answer = world.ask("PUT", "/os-services/disable", who="admin", json=body)
    assert answer.status_int == 200
    (service,) = world.cell.services.find(host="host1", binary="nova-compute")
    assert service.disabled
