"""PCI devices: what a request wishes for, and the pools of a host.

A pool is {'vendor_id', 'product_id', 'count', 'numa_node', 'tags': {...}} (tags
may also stand beside the others); a wish names properties that the pool must
have, as alternatives.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nova.clients.placement.contract import AllocationRequest
from nova.errors import Invalid
from nova.virt.pci.wishes import group_of

# The tag of a pool that names its provider in placement.
PROVIDER = "rp_uuid"
ALIAS_SPEC = "pci_passthrough:alias"
PHYSICAL, VDPA = "type-PF", "vdpa"
# What an alias says beside the properties of the device.
NOT_PROPERTIES = frozenset(
    {"name", "numa_policy", "resource_class", "traits", "capability_type", "live_migratable"}
)
DEFAULT_POLICY = "legacy"
_HEX = re.compile(r"^0x", re.IGNORECASE)

Pool = Mapping[str, Any]
# How many devices of each.
Providers = tuple[tuple[str, int], ...]
Aliases = Mapping[str, Sequence[Mapping[str, Any]]]


class UnknownAlias(Invalid):
    template = "PCI alias {alias} is not defined"


@dataclass(frozen=True)
class DeviceWish:
    """`count` devices, each with all properties of one of `specs`; `policy` says how near to
    the guest's memory: 'required', 'preferred', 'legacy' or 'socket'.  `port`: it is what a
    port of the server is, of which placement knows nothing."""

    alias: str
    count: int
    specs: tuple[tuple[tuple[str, str], ...], ...]
    policy: str = DEFAULT_POLICY
    port: bool = False

    def takes(self, pool: Pool) -> bool:
        """Whole cards, and devices kept for other uses, only when asked for by type."""
        found = properties(pool)
        kind = found.get("dev_type")
        if kind in (PHYSICAL, VDPA) and not self._asks_for(kind):
            return False
        if found.get("remote_managed") == "true" and not self._asks_for_remote():
            return False
        return any(all(found.get(key) == value for key, value in spec) for spec in self.specs)

    def _asks_for(self, kind: str) -> bool:
        return any(("dev_type", kind) in spec for spec in self.specs)

    def _asks_for_remote(self) -> bool:
        return any(("remote_managed", "true") in spec for spec in self.specs)


def wishes(
    extra_specs: Mapping[str, str], known: Aliases, policy: str | None = None
) -> tuple[DeviceWish, ...]:
    """What a flavor asks for by alias; `policy` is what flavor or image say of all of them.
    Raises UnknownAlias."""
    return tuple(_wish(name, count, known, policy) for name, count in named(extra_specs))


def wishes_of_ports(told: Iterable[Mapping[str, Any]]) -> tuple[DeviceWish, ...]:
    """As the API tells of ports that are devices: {'port', 'spec', 'numa_policy'} each."""
    return tuple(
        DeviceWish(f"of port {one['port']}", 1, (tuple(sorted(one["spec"].items())),),
                   one.get("numa_policy") or DEFAULT_POLICY, port=True)
        for one in told
    )


def named(extra_specs: Mapping[str, str]) -> list[tuple[str, int]]:
    """[(alias, count)]"""
    parts = (part.strip() for part in extra_specs.get(ALIAS_SPEC, "").split(","))
    split = (part.partition(":") for part in parts if part)
    return [(name, int(count or 1)) for name, _, count in split]


def _wish(name: str, count: int, known: Aliases, policy: str | None) -> DeviceWish:
    if name not in known:
        raise UnknownAlias(alias=name)
    own = next((one["numa_policy"] for one in known[name] if one.get("numa_policy")), None)
    specs = tuple(_properties_asked(one) for one in known[name])
    return DeviceWish(name, count, specs, str(policy or own or DEFAULT_POLICY))


def _properties_asked(alias: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    asked = {key: value for key, value in alias.items() if key not in NOT_PROPERTIES}
    if "device_type" in asked:
        asked["dev_type"] = asked.pop("device_type")
    return tuple(sorted((key, _plain(value)) for key, value in asked.items()))


def properties(pool: Pool) -> dict[str, str]:
    """All that a pool says of its devices, as text."""
    flat = {**pool, **(pool.get("tags") or {})}
    return {key: _plain(value) for key, value in flat.items()
            if key not in ("tags", "count") and value is not None}


def _plain(value: Any) -> str:
    return _HEX.sub("", str(value)).lower() if not str(value).startswith("type-") else str(value)


def of_way(
    pools: Sequence[Pool], way: AllocationRequest, wished: Sequence[DeviceWish]
) -> tuple[Pool, ...] | None:
    """The devices that a way would take, as their pools describe them, and all that ports
    might take; None: nobody can tell, as pools say nothing of providers.  Whether the former
    are free is placement's to know."""
    return of_providers(pools, providers_of(way, wished), wished)


def providers_of(way: AllocationRequest, wished: Iterable[DeviceWish]) -> Providers:
    """How many devices the way takes of whom."""
    groups = tuple(f"{group_of(wish.alias)}-" for wish in wished if not wish.port)
    taken = Counter(provider for suffix, providers in way.mappings.items()
                    if suffix.startswith(groups) for provider in providers)
    return tuple(sorted(taken.items()))


def of_providers(
    pools: Sequence[Pool], taken: Providers, wished: Iterable[DeviceWish]
) -> tuple[Pool, ...] | None:
    """As `of_way`."""
    if not any(_provider(pool) for pool in pools):
        return None
    counts, ports = dict(taken), [wish for wish in wished if wish.port]
    return tuple(
        pool if any(wish.takes(pool) for wish in ports)
        else {**pool, "count": counts.get(_provider(pool), 0)}
        for pool in pools
    )


def moved(pools: Sequence[Pool], taken: Providers, servers: int) -> tuple[Pool, ...] | None:
    """The pools once so many servers took these devices (or, below 0, gave them back); None:
    pools say nothing of providers."""
    if not any(_provider(pool) for pool in pools):
        return None
    missing = {provider: count * servers for provider, count in taken}
    left = []
    for pool in pools:
        count = int(pool.get("count") or 0)
        change = min(missing.pop(_provider(pool), 0), count)
        left.append({**pool, "count": count - change})
    return tuple(left)


def _provider(pool: Pool) -> str:
    return str((pool.get("tags") or {}).get(PROVIDER) or "")


def available(pools: Iterable[Pool], wish: DeviceWish) -> int:
    return sum(int(pool.get("count") or 0) for pool in pools if wish.takes(pool))


def without(pools: Sequence[Pool], wished: Iterable[DeviceWish]) -> tuple[Pool, ...]:
    """The pools once the wishes are granted, as far as there are devices."""
    left = [dict(pool) for pool in pools]
    for wish in wished:
        missing = wish.count
        for pool in left:
            taken = min(missing, int(pool.get("count") or 0)) if wish.takes(pool) else 0
            pool["count"] = int(pool.get("count") or 0) - taken
            missing -= taken
    return tuple(left)


def with_back(pools: Sequence[Pool], wished: Iterable[DeviceWish]) -> tuple[Pool, ...]:
    """The pools once devices are given back, each wish to the first pool that suits it."""
    left = [dict(pool) for pool in pools]
    for wish in wished:
        pool = next((one for one in left if wish.takes(one)), None)
        if pool is not None:
            pool["count"] = int(pool.get("count") or 0) + wish.count
    return tuple(left)
