"""POST /servers/{id}/remote-consoles."""

from collections.abc import Mapping
from typing import Any

from nova.core.call import Answer, Call, Route
from nova.core.shape import Field, Versioned, obj, one_of
from nova.microversions import MKS_CONSOLE, REMOTE_CONSOLES, SPICE_DIRECT
from nova.seams import ApiSeams
from nova.servers.console.asking import POLICY, ConsoleQuery
from nova.servers.console.errors import ConsoleRetired
from nova.servers.face import request

_PROTOCOLS = ("vnc", "spice", "serial", "rdp")
_TYPES = ("novnc", "xvpvnc", "spice-html5", "serial", "rdp-html5")
_BODY = obj(Field("remote_console", obj(
    Field("protocol", Versioned((
        (REMOTE_CONSOLES, one_of(*_PROTOCOLS)),
        (MKS_CONSOLE, one_of(*_PROTOCOLS, "mks")),
    )), required=True),
    Field("type", Versioned((
        (REMOTE_CONSOLES, one_of(*_TYPES)),
        (MKS_CONSOLE, one_of(*_TYPES, "webmks")),
        (SPICE_DIRECT, one_of(*_TYPES, "webmks", "spice-direct")),
    )), required=True),
), required=True))  # fmt: skip


class RemoteConsole(ConsoleQuery):
    name = "remote_console"
    word = "get_console"

    def wanted(self, call: Call[Any]) -> tuple[str, str]:
        asked = call.body[self.name]
        return asked["protocol"], asked["type"]

    def check(self, call: Call[Any], instance: Any) -> None:
        if self.wanted(call)[0] == "rdp":
            raise ConsoleRetired

    def told(self, call: Call[Any], instance: Any, cell: Any, answer: Any) -> Mapping[str, Any]:
        protocol, _ = self.wanted(call)
        shown = super().told(call, instance, cell, answer)
        return {"remote_console": {"protocol": protocol, **shown}}


REMOTE = RemoteConsole()


def _create(call: Call[ApiSeams]) -> Answer:
    return request(call, REMOTE, call.params["server_id"])


ROUTES = (
    Route("POST", "/servers/{server_id}/remote-consoles", _create, body=_BODY,
          since=REMOTE_CONSOLES, policies=(POLICY,)),
)  # fmt: skip
