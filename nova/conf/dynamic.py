"""Groups whose names come from the values of other options."""

import copy
from collections.abc import Iterator

from oslo_config import cfg, types

from nova.conf import filter_scheduler
from nova.conf.section import Group, Section


def sections(conf: cfg.ConfigOpts) -> Iterator[Section]:
    """A group for each network, device type and policy that the configuration names."""
    for physnet in conf.neutron.physnets:
        yield physnet_section(physnet)
    for mdev_type in conf.devices.enabled_mdev_types:
        yield mdev_section(mdev_type)
    for name in conf.scheduling.policies:
        yield policy_section(name)


def physnet_section(physnet: str) -> Section:
    group = Group(f"neutron_physnet_{physnet}", "Host NUMA nodes of a network")
    return Section(
        group,
        (
            cfg.ListOpt(
                "numa_nodes",
                item_type=types.Integer(),
                default=[],
                help="Host NUMA nodes attached to the physical network.",
            ),
        ),
    )


def mdev_section(mdev_type: str) -> Section:
    group = Group(f"mdev_{mdev_type}", "A type of mediated devices")
    return Section(
        group,
        (
            cfg.ListOpt(
                "device_addresses",
                default=[],
                deprecated_opts=[cfg.DeprecatedOpt("device_addresses", group=f"vgpu_{mdev_type}")],
                help="PCI addresses of the parent devices that may create this type.",
            ),
            cfg.StrOpt(
                "mdev_class",
                default="VGPU",
                regex=r"^(VGPU|CUSTOM_[A-Z0-9_]+)$",
                max_length=255,
                help="Resource class in which devices of the type are counted.",
            ),
            cfg.IntOpt(
                "max_instances", min=1,
                help="Most devices of the type that are cut from each parent device.",
            ),
        ),
    )


def policy_section(name: str) -> Section:
    """Whom a policy is for, and any option of [filter_scheduler]; what is not set is as there."""
    chosen = (
        cfg.ListOpt("flavors", default=[], help="Names of flavors, * for any part."),
        cfg.ListOpt("availability_zones", default=[], help="Zones of hosts."),
        cfg.ListOpt("aggregates", default=[], help="Names or uuids of aggregates of hosts."),
    )
    group = Group(f"scheduling_policy_{name}", "A scheduling policy")
    return Section(group, (*chosen, *(_unset(one) for one in filter_scheduler.SECTION.options)))


def _unset(option: cfg.Opt) -> cfg.Opt:
    twin = copy.copy(option)
    twin.default = None
    return twin
