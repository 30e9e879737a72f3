"""A way in to a server's console: asked of its host, and kept as a token in its cell."""

import uuid as uuids
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from nova.core.action import HostQuery
from nova.core.call import Call
from nova.core.policy import MEMBER, Policy
from nova.core.states import TaskState, Transition, VmState
from nova.errors import Unsupported
from nova.objects.console import ConsoleToken
from nova.objects.server import Instance
from nova.objects.store.cell import CellStore
from nova.objects.store.errors import InstanceNotFound
from nova.seams import ApiSeams, HostSeams
from nova.servers.console.errors import ConsoleTypeUnknown, ConsoleUnavailable
from nova.servers.console.kinds import KINDS, Kind, enabled
from nova.servers.errors import InstanceNotReady
from nova.virt.contract import ScreenAddress
from nova.virt.contract.errors import ConsoleNotAvailable, GuestNotFound

POLICY = Policy("os-remote-consoles", MEMBER, "Get a way in to a server's console")
_AT_REST = frozenset({None, *TaskState} - {TaskState.DELETING, TaskState.MIGRATING})


class ConsoleQuery(HostQuery):
    """Answers {type, url}; subclasses say what of the body names the console."""

    policy = POLICY
    moves = Transition(tasks=_AT_REST, launched_only=False)
    refused_when_locked = False
    needs_host = True

    @property
    def kind(self) -> str:
        return "get-console"

    def wanted(self, call: Call[Any]) -> tuple[str, str]:
        """(protocol, type) that the request asks for."""
        raise NotImplementedError

    def arguments(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        protocol, console_type = self.wanted(call)
        return {"protocol": protocol, "type": console_type}

    def on_host(self, seams: Any, instance: Instance, arguments: Mapping[str, Any]) -> Any:
        """{host, port, tls_port, internal_path, url}: where a proxy connects to, and
        the URL of the proxy."""
        kind = _kind(seams, arguments["protocol"], arguments["type"])
        address = address_on(seams, kind, arguments["type"], instance)
        return {**asdict(address), "url": str(kind.base_url(seams.conf))}

    def told(self, call: Call[Any], instance: Any, cell: Any, answer: Any) -> Any:
        console_type = self.wanted(call)[1]
        return {"type": console_type, "url": granted(call, cell, instance, console_type, answer)}


def _kind(seams: HostSeams, protocol: str, console_type: str) -> Kind:
    if not enabled(seams.conf, protocol):
        raise ConsoleUnavailable(console_type=console_type)
    found = KINDS.get(console_type)
    if found is None or found.protocol != protocol:
        raise ConsoleTypeUnknown(console_type=console_type)
    return found


def address_on(
    seams: HostSeams, kind: Kind, console_type: str, instance: Instance
) -> ScreenAddress:
    """Where the guest's screen is now.  Raises what the contract says otherwise."""
    screen = kind.screen(seams.driver)
    if screen is None:
        raise Unsupported()
    try:
        return screen.address(instance.uuid)
    except ConsoleNotAvailable:
        raise ConsoleUnavailable(console_type=console_type) from None
    except GuestNotFound:
        if instance.vm_state == VmState.BUILDING:
            raise InstanceNotReady(instance_uuid=instance.uuid) from None
        raise InstanceNotFound(instance_id=instance.uuid) from None


def granted(
    call: Call[ApiSeams], cell: CellStore, instance: Instance, console_type: str,
    answer: Mapping[str, Any],
) -> str:
    """Keep a new token; the URL that holds it."""
    seams = call.seams
    secret = str(uuids.uuid4())
    ends = seams.clock.now().timestamp() + seams.conf.consoleauth.token_ttl
    cell.consoles.grant(secret, ConsoleToken(
        instance_uuid=instance.uuid, console_type=console_type, host=answer["host"],
        port=answer["port"], tls_port=answer["tls_port"], expires=int(ends),
        internal_access_path=answer["internal_path"], access_url_base=answer["url"],
    ))  # fmt: skip
    return KINDS[console_type].url(answer["url"], secret)
