"""Guests to describe, and a host to describe them for."""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oslo_config import cfg

from nova.conf import new_config
from nova.virt.contract import FlavorInfo, GuestSpec, ImageRef, Nic, Owner, RootDisk
from nova.virt.libvirt.compose.site import Site
from nova.virt.libvirt.storage.disks import GuestDisks

UUID = "11111111-2222-4333-8444-555555555555"
DIRECTORY = Path("/var/lib/nova/instances") / UUID
IMAGE = ImageRef("aaaaaaaa-0000-4000-8000-000000000000", "qcow2")


def settings(**libvirt: Any) -> cfg.ConfigOpts:
    conf = new_config()
    conf([])
    conf.set_override("virt_type", "qemu", group="libvirt")
    for name, value in libvirt.items():
        conf.set_override(name, value, group="libvirt")
    return conf


def site(conf: cfg.ConfigOpts | None = None, **changes: Any) -> Site:
    plain = Site(
        conf=conf or settings(),
        arch="x86_64",
        emulators=(("x86_64", "/usr/bin/qemu-system-x86_64"),),
        host_uuid="99999999-0000-4000-8000-000000000000",
        machine_id="0123456789abcdef0123456789abcdef",
    )
    return dataclasses.replace(plain, **changes)


def files(*more: str) -> GuestDisks:
    return GuestDisks(DIRECTORY, {"disk": "qcow2", **dict.fromkeys(more, "raw")})


def guest(
    specs: dict[str, str] | None = None,
    properties: dict[str, str] | None = None,
    **changes: Any,
) -> GuestSpec:
    plain = GuestSpec(
        uuid=UUID,
        name="instance-0000002a",
        display_name="web & co",
        vcpus=2,
        memory_mb=512,
        root=RootDisk(IMAGE, size_gb=10),
        owner=Owner("u-1", "ann", "p-1", "shop"),
        flavor=FlavorInfo("m1.small", "2", specs or {}),
        image_properties=properties or {},
        created_at=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    return dataclasses.replace(plain, **changes)


def nic(**changes: Any) -> Nic:
    plain = Nic(
        port_id="bbbbbbbb-0000-4000-8000-000000000000",
        mac="fa:16:3e:00:00:01",
        bridge="brq-net",
        tap="tapbbbbbbbb-00",
        mtu=1450,
        addresses=("192.0.2.7", "2001:db8::7"),
    )
    return dataclasses.replace(plain, **changes)
