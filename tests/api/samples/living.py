"""A whole cloud with a host that answers: for consoles, agents, interfaces, timelines."""

import json
from typing import Any

import webob

from nova.clients.image.contract import ImageMeta
from nova.clients.network.contract import PortDraft
from nova.clients.network.memory import NetworkMemory
from nova.context import admin_context
from tests.api.samples.sample import Sample
from tests.api.samples.world import Place
from tests.cloud import PROJECT, Cloud

AGENT_IMAGE = "70a599e0-31e7-49b7-b260-868f441e862c"
TOKENS = {"admin": f"admin:{PROJECT}", "user": f"fake-user:{PROJECT}"}
CONSOLES = ("vnc", "spice", "serial_console", "mks")
NOUNS = ("remote-consoles", "os-interface", "diagnostics")
ACTIONS = (
    "os-getConsoleOutput", "os-getVNCConsole", "os-getSPICEConsole", "os-getSerialConsole",
    "changePassword",
)  # fmt: skip


def is_living(sample: Sample) -> bool:
    """Whether it is hosts that answer."""
    parts = sample.path.split("/")
    return (
        sample.action in ACTIONS
        or any(noun in parts for noun in NOUNS)
        or "os-console-auth-tokens" in parts
        or sample.path.endswith("/os-instance-actions/{id}")
    )


class Living:
    """It can be asked as other worlds can."""

    def __init__(self) -> None:
        options = {f"{group}__enabled": True for group in CONSOLES}
        self.cloud = Cloud(options=options).start()
        self.cloud.image_state.add(ImageMeta(
            id=AGENT_IMAGE, name="with agent", disk_format="raw", container_format="bare",
            visibility="public", properties={"hw_qemu_guest_agent": "yes"},
        ), b"tiny disk")

    def stop(self) -> None:
        self.cloud.stop()

    def ask(
        self, method: str, path: str, *, who: str = "user", version: str | None = None,
        json: Any = None,
    ) -> webob.Response:
        request = webob.Request.blank(f"/v2.1{path}", method=method)
        request.headers["X-Auth-Token"] = TOKENS[who]
        if version is not None:
            request.headers["OpenStack-API-Version"] = f"compute {version}"
        if json is not None:
            request.body = _bytes(json)
            request.content_type = "application/json"
        return request.get_response(self.cloud.app)

    def server(self) -> str:
        networks = [{"uuid": self.cloud.net.id}]
        made = self.cloud.boot(imageRef=AGENT_IMAGE, networks=networks)
        uuid: str = made.body["server"]["id"]
        self.cloud.wait(uuid, "ACTIVE")
        return uuid

    def port(self) -> str:
        """One that no server has."""
        ports = NetworkMemory(self.cloud.network_state).ports
        (made,) = ports.create(admin_context(), [PortDraft(self.cloud.net.id, PROJECT, "", "")])
        return str(made.id)


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def living_place() -> Place:
    place = Place(Living())
    place.known |= {"network": place.world.cloud.net.id, "kept": place.world.server()}
    return place
