"""Hosts that show consoles, for cases."""

from types import SimpleNamespace
from typing import Any

from nova.conf import new_config
from nova.core.action import HostQuery
from nova.servers import BY_KIND
from nova.virt.contract import ScreenAddress
from nova.virt.contract.errors import ConsoleNotAvailable
from tests.api.servers import add_server
from tests.api.world import World

INTERNAL = "51af38c3-555e-4884-a314-6c8cdde37444"


class _Screen:
    def __init__(self, address: ScreenAddress | None) -> None:
        self.shown = address

    def address(self, uuid: str) -> ScreenAddress:
        if self.shown is None:
            raise ConsoleNotAvailable(kind="vnc", uuid=uuid)
        return self.shown


class ScreenHost:
    """Answers as nova-compute does, of screens that are always the same."""

    def __init__(self, **enabled: bool) -> None:
        self.conf = new_config()
        for group in ("vnc", "spice", "serial_console", "mks"):
            self.conf.set_override("enabled", enabled.get(group, True), group)
        self.driver = SimpleNamespace(
            vnc=_Screen(ScreenAddress("10.0.0.1", 5900, internal_path=INTERNAL)),
            spice=_Screen(ScreenAddress("10.0.0.1", 5901, tls_port=5902)),
            serial=_Screen(None),
        )

    def ask(self, context: Any, question: str, instance: Any, arguments: Any) -> Any:
        query = BY_KIND[question]
        assert isinstance(query, HostQuery)
        return query.on_host(self, instance, arguments)


def consoles(world: World) -> dict[str, str]:
    """`one` has VNC and SPICE, `plain` is where nothing is enabled, `homeless` nowhere."""
    world.add_host("host1", ScreenHost())
    world.add_host("host2", ScreenHost(vnc=False, spice=False, serial_console=False, mks=False))
    return {
        "one": add_server(world, "one", locked_by="owner"),
        "plain": add_server(world, "plain", host="host2"),
        "homeless": add_server(world, "homeless", host=None, node=None),
        "leaving": add_server(world, "leaving", task_state="deleting"),
        "moving": add_server(world, "moving", task_state="migrating"),
        "busy": add_server(world, "busy", task_state="rebooting"),
        "silent": add_server(world, "silent", host="nowhere"),
    }


def a_year_later(world: World) -> None:
    world.clock.sleep(365 * 86400)


CONSOLES_GIVEN = {"consoles": consoles}
