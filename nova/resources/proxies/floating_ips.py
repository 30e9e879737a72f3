"""/os-floating-ips and /os-floating-ip-pools: addresses that lead in from outside."""

from collections.abc import Sequence
from typing import Any

from nova.clients.network.contract import (
    FloatingIp,
    FloatingIpLimitExceeded,
    FloatingIpPoolNotFound,
    NoMoreFixedIps,
    PortQuery,
)
from nova.core.call import Call, Route
from nova.core.formats import is_uuid
from nova.core.policy import ADMIN_OR_OWNER, ANYONE, MEMBER, READER, Policy
from nova.core.shape import ANYTHING, Raw
from nova.errors import Forbidden, Invalid, NotFound
from nova.resources.proxies.paging import ANY, UNTIL
from nova.seams import ApiSeams

OLD_RULE = ("os_compute_api:os-floating-ips", ADMIN_OR_OWNER)
POOLS = Policy("os-floating-ip-pools", ANYONE, "List pools of floating addresses")


def _policy(name: str, default: str, purpose: str) -> Policy:
    return Policy(f"os-floating-ips:{name}", default, purpose, deprecated=OLD_RULE)


class AddressesExhausted(NotFound):
    template = "No more floating IPs in pool {pool}."


class PoolOverLimit(Forbidden):
    template = "IP allocation over quota in pool {pool}."


class FloatingIdInvalid(Invalid):
    template = "Invalid ID {id} for floating IP"


BODY = Raw({"type": ["object", "null"], "properties": {"pool": {"type": ["string", "null"]}}})


def _list(call: Call[ApiSeams]) -> Any:
    found = call.seams.network.service.floating_ips.list(call.context)
    return {"floating_ips": _shown(call, found)}


def _shown(call: Call[ApiSeams], found: Sequence[FloatingIp]) -> list[dict[str, Any]]:
    """One call for the names of pools and one for the servers behind ports."""
    service = call.seams.network.service
    pools = {pool.id: pool.name for pool in service.floating_ips.pools(call.context)}
    ports = tuple(each.port_id for each in found if each.port_id)
    known = service.ports.list(call.context, PortQuery(ids=ports), as_user=True) if ports else ()
    servers = {port.id: port.device_id for port in known}
    return [
        {
            "id": each.id,
            "ip": each.address,
            "pool": pools.get(each.network_id, each.network_id),
            "fixed_ip": each.fixed_ip,
            "instance_id": servers.get(each.port_id or "") or None,
        }
        for each in found
    ]


def _show(call: Call[ApiSeams]) -> Any:
    return {"floating_ip": _shown(call, [_named(call)])[0]}


def _named(call: Call[ApiSeams]) -> FloatingIp:
    if not is_uuid(call.params["id"]):
        raise FloatingIdInvalid(id=call.params["id"])
    return call.seams.network.service.floating_ips.show(call.context, call.params["id"])


def _create(call: Call[ApiSeams]) -> Any:
    asked = (call.body or {}).get("pool")
    pool = asked or call.seams.conf.neutron.default_floating_pool
    service = call.seams.network.service.floating_ips
    networks = [each.id for each in service.pools(call.context) if pool in (each.id, each.name)]
    if not networks:
        raise FloatingIpPoolNotFound()
    try:
        made = service.create(call.context, networks[0])
    except NoMoreFixedIps:
        raise AddressesExhausted(pool=pool) from None
    except FloatingIpLimitExceeded:
        if asked is None:
            raise
        raise PoolOverLimit(pool=pool) from None
    return {"floating_ip": _shown(call, [made])[0]}


def _delete(call: Call[ApiSeams]) -> None:
    """It leads nowhere any more, too."""
    call.seams.network.service.floating_ips.delete(call.context, _named(call).id)


def _pools(call: Call[ApiSeams]) -> Any:
    found = call.seams.network.service.floating_ips.pools(call.context)
    return {"floating_ip_pools": [{"name": pool.name or pool.id} for pool in found]}


_ALL, _ONE = "/os-floating-ips", "/os-floating-ips/{id}"
ROUTES = (
    Route("GET", "/os-floating-ip-pools", _pools, POOLS, query=ANY, until=UNTIL),
    Route("GET", _ALL, _list, _policy("list", READER, "List floating addresses"),
          query=ANYTHING, until=UNTIL),
    Route("GET", _ONE, _show, _policy("show", READER, "Show a floating address"),
          query=ANYTHING, until=UNTIL),
    Route("POST", _ALL, _create, _policy("create", MEMBER, "Get a floating address"),
          body=BODY, until=UNTIL),
    Route("DELETE", _ONE, _delete, _policy("delete", MEMBER, "Give a floating address back"),
          success=202, until=UNTIL),
)  # fmt: skip
