"""What is asked of the scheduler, as filters see it: frozen, looked up once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from nova.objects.cloud import RequestSpec
from nova.objects.decisions import CREATE, MOVE, REBUILD
from nova.objects.flavor import Flavor
from nova.objects.group_rules import HARD, most_on_a_host
from nova.scheduler import numa
from nova.scheduler.hosts import NOTHING, Amounts
from nova.scheduler.pci import Aliases, wishes, wishes_of_ports

CHECK_TYPE = "_nova_check_type"
NEARNESS, IMAGE_NEARNESS = "hw:pci_numa_affinity_policy", "hw_pci_numa_affinity_policy"
PREFERRED_CELL = "_nova_preferred_cell"

# Names images had before their properties were sorted into families.
OLD_NAMES = {
    "architecture": "hw_architecture",
    "hypervisor_type": "img_hv_type",
    "vm_mode": "hw_vm_mode",
    "hypervisor_version_requires": "img_hv_requested_version",
    "owner_id": "img_owner_id",
    "ipxe_boot": "hw_ipxe_boot",
    "root_device_name": "img_root_device_name",
    "auto_disk_config": "hw_auto_disk_config",
}


@dataclass(frozen=True, slots=True)
class GroupView:
    """A server group: its policy, and where its members are.

    `members` maps servers to hosts; one without a host is not there.  The
    server that is being placed is there too when it moves.  `leaving` are those
    that were lately decided to go elsewhere, and are still at a host.  `known` is
    what the cells said.  `everyone` is all servers of the group.
    """

    uuid: str
    policy: str
    rules: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    members: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    leaving: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    known: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    everyone: tuple[str, ...] = ()

    @property
    def limit(self) -> int:
        """Members a host may have under anti-affinity."""
        return most_on_a_host(self.rules)

    @property
    def binds(self) -> bool:
        """Whether its rule has to be kept by all schedulers together."""
        return self.policy in HARD

    def counts(self) -> dict[str, int]:
        """{host: members there}"""
        found: dict[str, int] = {}
        for host in (*self.members.values(), *self.leaving.values()):
            found[host] = found.get(host, 0) + 1
        return found

    def joined(self, server: str, host: str) -> "GroupView":
        return replace(self, members={**self.members, server: host})


Grace = Callable[[timedelta], timedelta]


def no_grace(patience: timedelta) -> timedelta:
    """Every host could be heard."""
    return timedelta(0)


@dataclass(frozen=True, slots=True)
class Request:
    """One server to place.

    `properties` are the image's under their present names; `neighbours` maps
    servers named in hints to their hosts; `now` is the moment of asking;
    `preferred_cell` is set for moves that may leave their cell; `grace` tells what to
    add to the longest silence of a host that lives.
    """

    spec: RequestSpec
    now: datetime
    server: str
    project_id: str
    flavor: Flavor
    extra_specs: Mapping[str, str]
    image_id: str | None
    properties: Mapping[str, Any]
    hints: Mapping[str, Sequence[str]]
    taken: Amounts
    group: GroupView | None = None
    neighbours: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    preferred_cell: str | None = None
    grace: Grace = no_grace

    @property
    def check_type(self) -> str | None:
        """'rebuild' or 'live_migrate' for requests that are not a plain placement."""
        return self.hint(CHECK_TYPE)

    @property
    def rebuild(self) -> bool:
        return self.check_type == "rebuild"

    @property
    def kind(self) -> str:
        """What the decision is for, as its record says."""
        if self.rebuild:
            return REBUILD
        spec = self.spec
        moves = self.check_type or self.preferred_cell or spec.limit_cell or spec.ignore_hosts
        return MOVE if moves else CREATE

    @property
    def forced(self) -> bool:
        """Whether filters are to be passed by."""
        return bool(self.spec.force_hosts or self.spec.force_nodes) and not self.check_type

    def hint(self, name: str) -> str | None:
        """The first value of a hint."""
        values = self.hints.get(name) or ()
        return str(values[0]) if values else None

    def setting(self, extra_spec: str, image_property: str) -> str | None:
        """What the flavor says, or else the image."""
        value = self.extra_specs.get(extra_spec, self.properties.get(image_property))
        return None if value is None else str(value)

    def enabled(self, extra_spec: str, image_property: str) -> bool:
        """Whether flavor or image switch something on."""
        asked = (self.extra_specs.get(extra_spec), self.properties.get(image_property))
        return any(truth(value) for value in asked)

    def after(self, server: str, host: str) -> "Request":
        """The same request once another server of its group went to `host`."""
        if self.group is None:
            return self
        return replace(self, group=self.group.joined(server, host))

    def beside(self, hosts: Mapping[str, str]) -> "Request":
        """The same request once servers it names are known to be on `hosts`, {server: host}."""
        if not hosts:
            return self
        group = self.group
        if group is not None:
            ours = {server: host for server, host in hosts.items() if server in group.everyone}
            group = replace(group, members={**ours, **group.members})
        return replace(self, group=group, neighbours={**hosts, **self.neighbours})


def stays(spec: RequestSpec) -> bool:
    """Whether a server is to stay where it is."""
    return "rebuild" in hint_lists(spec.hints or {}).get(CHECK_TYPE, ())


def truth(value: Any) -> bool:
    """Reads the words for yes."""
    return str(value).strip().lower() in {"1", "t", "true", "on", "y", "yes"}


def read(
    spec: RequestSpec,
    now: datetime,
    group: GroupView | None = None,
    neighbours: Mapping[str, str] = NOTHING,
    aliases: Aliases = NOTHING,
    grace: Grace = no_grace,
) -> Request:
    """`aliases` are those of [pci]alias.  Raises UnknownAlias."""
    image = spec.image or {}
    hints, properties = hint_lists(spec.hints or {}), image_properties(image)
    return Request(
        spec=spec,
        now=now,
        grace=grace,
        server=spec.instance_uuid,
        project_id=spec.project_id,
        flavor=spec.flavor,
        extra_specs=spec.flavor.extra_specs or {},
        image_id=image.get("id"),
        properties=properties,
        hints=hints,
        taken=amounts(spec, properties, aliases),
        group=group,
        neighbours=neighbours,
        preferred_cell=next(iter(hints.get(PREFERRED_CELL, ())), None),
    )


def hint_lists(hints: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """Hints as lists, however they were written."""
    return {k: v if isinstance(v, (list, tuple)) else [v] for k, v in hints.items()}


def image_properties(image: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of an image under their present names; a present name wins."""
    found = image.get("properties") or {}
    return {OLD_NAMES.get(k, k): v for k, v in sorted(found.items(), key=lambda i: _present(i[0]))}


def _present(name: str) -> bool:
    return name not in OLD_NAMES


def amounts(spec: RequestSpec, properties: Mapping[str, Any], aliases: Aliases) -> Amounts:
    """What the server takes of a host's totals."""
    flavor, specs = spec.flavor, spec.flavor.extra_specs or {}
    root = 0 if spec.is_bfv else flavor.root_gb
    networks: Mapping[str, Any] = (
        spec.network_metadata if spec.known("network_metadata") else None
    ) or NOTHING
    of_flavor = wishes(specs, aliases, specs.get(NEARNESS, properties.get(IMAGE_NEARNESS)))
    return Amounts(
        vcpus=flavor.vcpus,
        memory_mb=flavor.memory_mb,
        disk_mb=(root + flavor.ephemeral_gb) * 1024 + flavor.swap,
        devices=(*of_flavor, *wishes_of_ports(networks.get("devices") or ())),
        topology=numa.wished(specs, properties, flavor.vcpus, flavor.memory_mb, networks),
    )
