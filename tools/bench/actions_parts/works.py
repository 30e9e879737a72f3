"""What can be done to a server, one after another, each leaving what the next one needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.counted import CountedCloud

KEPT = "active"


@dataclass(frozen=True)
class Work:
    """A request about the server ({uuid} in `path`), and the vm_state in which it ends;
    None: nobody waits for anything."""

    title: str
    method: str
    path: str
    body: Any = None
    ends: str | None = None


def action(name: str, arguments: Any = None, ends: str | None = None, title: str = "") -> Work:
    return Work(title or name, "POST", "/servers/{uuid}/action", {name: arguments}, ends)


POWER = (
    action("pause", ends="paused"),
    action("unpause", ends="active"),
    action("suspend", ends="suspended"),
    action("resume", ends="active"),
    action("os-stop", ends="stopped"),
    action("os-start", ends="active"),
    action("reboot", {"type": "SOFT"}, "active", "reboot (soft)"),
    action("reboot", {"type": "HARD"}, "active", "reboot (hard)"),
)
RECORD = (
    action("lock"),
    action("unlock"),
    Work("rename", "PUT", "/servers/{uuid}", {"server": {"name": "renamed"}}),
    Work("metadata", "POST", "/servers/{uuid}/metadata", {"metadata": {"a": "b"}}),
    Work("tags", "PUT", "/servers/{uuid}/tags", {"tags": ["one", "two"]}),
    Work("show", "GET", "/servers/{uuid}"),
    Work("list, with details", "GET", "/servers/detail"),
    Work("addresses", "GET", "/servers/{uuid}/ips"),
    Work("timeline", "GET", "/servers/{uuid}/os-instance-actions"),
    action("os-resetState", {"state": "active"}),
)
GUEST = (
    action("os-getConsoleOutput", {"length": 10}),
    action("changePassword", {"adminPass": "secret-Secret-1"}, KEPT),
    action("trigger_crash_dump", None, KEPT),
    Work("diagnostics", "GET", "/servers/{uuid}/diagnostics"),
    Work("topology", "GET", "/servers/{uuid}/topology"),
    Work("console", "POST", "/servers/{uuid}/remote-consoles",
         {"remote_console": {"protocol": "vnc", "type": "novnc"}}),
)  # fmt: skip
BACKUP = {"name": "counted", "backup_type": "daily", "rotation": 1}


def works(cloud: CountedCloud, uuid: str) -> Iterator[Work]:
    attached = {"interfaceAttachment": {"net_id": cloud.network_id}}
    yield from POWER
    yield from RECORD
    yield from GUEST
    yield Work("interfaces", "GET", "/servers/{uuid}/os-interface")
    yield Work("attach interface", "POST", "/servers/{uuid}/os-interface", attached, KEPT)
    ports = cloud.ask("GET", f"/servers/{uuid}/os-interface").body["interfaceAttachments"]
    last = f"/servers/{{uuid}}/os-interface/{ports[-1]['port_id']}"
    yield Work("detach interface", "DELETE", last, None, KEPT)
    yield action("createImage", {"name": "counted"}, KEPT)
    yield action("createBackup", BACKUP, KEPT)
    yield action("rescue", None, "rescued")
    yield action("unrescue", None, "active")
    yield action("rebuild", {"imageRef": cloud.image_id}, "active")
