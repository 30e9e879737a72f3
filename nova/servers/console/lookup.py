"""What a token stands for: asked by proxies, and by administrators."""

from collections.abc import Mapping
from typing import Any

from nova.core.action import HostQuery
from nova.core.call import Call, Route
from nova.core.policy import ADMIN, Policy
from nova.core.shape import Object, query
from nova.errors import NovaError
from nova.microversions import ALL_CONSOLE_TOKENS, SPICE_DIRECT
from nova.objects.console import ConsoleToken
from nova.objects.server import Instance
from nova.objects.store.cell import CellStore
from nova.objects.store.errors import InstanceNotFound
from nova.rpc.calls import HostCalls
from nova.rpc.contract import NoAnswer
from nova.seams import ApiSeams
from nova.servers.console.asking import address_on
from nova.servers.console.errors import TokenNotForYou, TokenNotFound
from nova.servers.console.kinds import KINDS

SHOW = Policy("os-console-auth-tokens", ADMIN, "Show where a console token leads to")
_QUERY: Object = query(closed=SPICE_DIRECT)


class ConsoleCheck(HostQuery):
    """Whether a server's console still is where a token says: ports go to other guests."""

    name = "check-console"

    def on_host(self, seams: Any, instance: Instance, arguments: Mapping[str, Any]) -> bool:
        kind = KINDS[arguments["type"]]
        try:
            address = address_on(seams, kind, arguments["type"], instance)
        except NovaError:
            return False
        return (address.host, address.port) == (arguments["host"], arguments["port"])


CHECK = ConsoleCheck()


def still_there(context: Any, hosts: HostCalls, cell: CellStore, token: ConsoleToken) -> bool:
    """Asks the host that the server is on now."""
    try:
        instance = cell.instances.get(token.instance_uuid)
        if not instance.host:
            return False
        asked = {"type": token.console_type, "host": token.host, "port": token.port}
        return bool(hosts.ask(context, cell.uuid, instance.host, CHECK.kind, instance, asked))
    except (InstanceNotFound, NoAnswer):
        return False


def _show(call: Call[ApiSeams]) -> dict[str, Any]:
    token = _find(call, call.params["id"])
    if not call.has(ALL_CONSOLE_TOKENS):
        raise TokenNotForYou
    shown: dict[str, Any] = {
        "instance_uuid": token.instance_uuid,
        "host": token.host,
        "port": token.port,
        "internal_access_path": token.internal_access_path,
    }
    if call.has(SPICE_DIRECT):
        shown["tls_port"] = token.tls_port
    return {"console": shown}


def _find(call: Call[ApiSeams], secret: str) -> ConsoleToken:
    """In whatever cell it is; a cell that does not answer has none."""
    stores = call.seams.stores
    for cell_uuid, found in stores.each(lambda cell: cell.consoles.find(secret)).items():
        if isinstance(found, ConsoleToken):
            cell = stores.cell(cell_uuid)
            if still_there(call.context, call.seams.hosts, cell, found):
                return found
    raise TokenNotFound


ROUTES = (Route("GET", "/os-console-auth-tokens/{id}", _show, SHOW, query=_QUERY),)
