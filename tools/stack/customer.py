"""Somebody who uses a stack: an image, a flavor, a network, and servers."""

import http.client
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from keystoneauth1 import exceptions
from keystoneauth1.adapter import Adapter
from keystoneauth1.identity import v3
from keystoneauth1.session import Session

T = TypeVar("T")
VERSION = "2.96"
FLAVOR = "1"


class Answered(Exception):
    """The API said something else than yes; `status` is its code."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text[:300]}")
        self.status = status


class Door:
    """One service, as one user.  Methods answer the body; Answered is raised for 400 on."""

    def __init__(self, session: Session, service: str) -> None:
        self._adapter = Adapter(
            session, service_type=service, interface="public", raise_exc=False,
            default_microversion=VERSION if service == "compute" else None,
        )

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        answer = self._adapter.request(path, method, json=body, **options)
        if answer.status_code >= 400:
            raise Answered(answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def get(self, path: str) -> Any:
        return self.ask("GET", path)


@dataclass(frozen=True)
class Customer:
    """`admin` sees everything, `own` what the project has."""

    admin: Mapping[str, Door]
    own: Mapping[str, Door]
    image: str
    network: str

    @classmethod
    def of(cls, state: Path) -> "Customer":
        """A customer of the stack in `state`, with what a server needs."""
        clouds = yaml.safe_load((state / "services" / "clouds.yaml").read_text())["clouds"]
        admin, own = (_doors(clouds[name]["auth"]) for name in ("admin", "demo"))
        _flavor(admin["compute"])
        return cls(admin, own, _image(admin["image"]), _network(own["network"]))

    def boot(self, name: str) -> str:
        """Ask for a server; its id."""
        server: dict[str, Any] = self.own["compute"].ask("POST", "/servers", {"server": {
            "name": name, "flavorRef": FLAVOR, "imageRef": self.image,
            "networks": [{"uuid": self.network}]}})["server"]
        return str(server["id"])

    def delete(self, uuid: str) -> None:
        """Ask for its end; one that is gone already is fine."""
        try:
            self.own["compute"].ask("DELETE", f"/servers/{uuid}")
        except Answered as answered:
            if answered.status != 404:
                raise

    def servers(self) -> dict[str, dict[str, Any]]:
        """{id: what the administrator sees of it}, of all projects."""
        found = self.admin["compute"].get("/servers/detail?all_tenants=1")["servers"]
        return {server["id"]: server for server in found}

    def until(self, done: Callable[[dict[str, dict[str, Any]]], bool], seconds: float) -> float:
        """Look at all servers until `done`; the seconds that took.  TimeoutError tells of
        those there are."""
        began = time.monotonic()
        while True:
            found = persist(self.servers, seconds)
            spent = time.monotonic() - began
            if done(found):
                return spent
            if spent > seconds:
                raise TimeoutError(f"after {seconds:.0f} s: {_told(found)}")
            time.sleep(0.25)


def persist(ask: Callable[[], T], seconds: float) -> T:
    """Ask again while the service is away, as a user's script would."""
    end = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except (exceptions.ClientException, http.client.HTTPException, OSError):
            if time.monotonic() > end:
                raise
        except Answered as answered:
            if answered.status < 500 or time.monotonic() > end:
                raise
        time.sleep(0.3)


def at_rest(server: Mapping[str, Any]) -> bool:
    """Whether nothing is being done to it."""
    return server["status"] != "BUILD" and not server["OS-EXT-STS:task_state"]


def _told(servers: Mapping[str, Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{uuid} {one['status']}/{one['OS-EXT-STS:task_state']} on {one['OS-EXT-SRV-ATTR:host']}"
        for uuid, one in servers.items() if not at_rest(one)
    )


def _doors(auth: Mapping[str, Any]) -> dict[str, Door]:
    session = Session(auth=v3.Password(**auth))
    return {name: Door(session, name) for name in ("compute", "image", "network", "placement")}


def _flavor(compute: Door) -> None:
    if not any(one["id"] == FLAVOR for one in compute.get("/flavors")["flavors"]):
        compute.ask("POST", "/flavors", {"flavor": {
            "name": "m1.tiny", "ram": 128, "vcpus": 1, "disk": 1, "id": FLAVOR}})


def _image(image: Door) -> str:
    for known in image.get("/v2/images")["images"]:
        return str(known["id"])
    made = image.ask("POST", "/v2/images", {
        "name": "tiny", "disk_format": "raw", "container_format": "bare", "visibility": "public"})
    image.ask("PUT", f"/v2/images/{made['id']}/file", data=b"tiny disk",
              headers={"Content-Type": "application/octet-stream"})
    return str(made["id"])


def _network(network: Door) -> str:
    for known in network.get("/v2.0/networks")["networks"]:
        return str(known["id"])
    made = network.ask("POST", "/v2.0/networks", {"network": {"name": "private"}})["network"]
    network.ask("POST", "/v2.0/subnets", {"subnet": {
        "network_id": made["id"], "cidr": "10.9.0.0/16", "ip_version": 4}})
    return str(made["id"])
