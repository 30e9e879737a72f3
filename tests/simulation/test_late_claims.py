"""A create is cancelled while the scheduler claims for it: the claim goes, too."""

from nova.rpc.contract import Address
from tests.simulation import invariants
from tests.simulation.faults import Odds
from tests.simulation.world import World, repeatable


def deaf_to_the_scheduler(world: World) -> None:
    """Answers of the scheduler are lost from now on."""
    deliveries = world.faults.deliveries

    def some(to: Address, method: str) -> list[float]:
        return [] if (to.topic, method) == ("reply", "select") else deliveries(to, method)

    world.faults.deliveries = some  # type: ignore[method-assign]


def test_a_claim_nobody_heard_of_is_dropped() -> None:
    with repeatable(1):
        world = World(1, Odds()).start()
        deaf_to_the_scheduler(world)
        uuid = world.boot("server")
        world.clock.run(3)
        assert uuid in world.cloud.placement_state.consumers, "claimed, and nobody knows"
        reply = world.request("DELETE", f"/servers/{uuid}")
        assert reply is not None and reply.status == 204
        world.settle(invariants.quiet)
        invariants.check(world)
