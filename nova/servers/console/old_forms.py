"""os-getVNCConsole and its kin, as they were before remote consoles."""

from collections.abc import Mapping
from typing import Any

from nova.core.call import Call, Route
from nova.core.shape import ANYTHING, Field, Shape, obj, one_of
from nova.microversions import IP6_FILTER
from nova.servers.console.asking import ConsoleQuery
from nova.servers.console.errors import ConsoleRetired

# The last version that has them.
LAST = IP6_FILTER


class _OldForm(ConsoleQuery):
    protocol: str
    until = LAST
    success = 200

    def wanted(self, call: Call[Any]) -> tuple[str, str]:
        return self.protocol, call.body[self.name]["type"]

    def told(self, call: Call[Any], instance: Any, cell: Any, answer: Any) -> Mapping[str, Any]:
        return {"console": super().told(call, instance, cell, answer)}


def _types(*names: str) -> Shape:
    return obj(Field("type", one_of(*names), required=True))


class VncConsole(_OldForm):
    name = "os-getVNCConsole"
    word = "get_vnc_console"
    protocol = "vnc"
    body = _types("novnc", "xvpvnc")


class SpiceConsole(_OldForm):
    name = "os-getSPICEConsole"
    word = "get_spice_console"
    protocol = "spice"
    body = _types("spice-html5")


class SerialConsole(_OldForm):
    name = "os-getSerialConsole"
    word = "get_serial_console"
    protocol = "serial"
    body = _types("serial")


def _retired(call: Call[Any]) -> None:
    raise ConsoleRetired


ROUTES = (
    Route("POST", "/servers/{id}/action", _retired, body=ANYTHING, action="os-getRDPConsole",
          until=LAST),
)  # fmt: skip
