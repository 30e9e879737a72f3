"""What the cases of nouns begin with."""

from collections.abc import Callable

from tests.api.servers import add_server
from tests.api.world import World


def a_server(world: World) -> dict[str, str]:
    world.add_host("host1")
    return {"server": add_server(world, "one")}


def registered_limits(world: World) -> None:
    world.identity.registered_limits |= {"servers": 3, "class:VCPU": 10}
    world.identity.project_limits["p1"] = {"servers": 7}


NOUNS_GIVEN: dict[str, Callable[[World], dict[str, str] | None]] = {
    "a server": a_server,
    "registered limits": registered_limits,
}
