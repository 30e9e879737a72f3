"""The config drive: what the metadata service would tell, as files."""

import base64
import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from oslo_config import cfg

from nova.clients.vendordata.contract import Remembering, VendorData
from nova.core.workflow import Run
from nova.objects.server import Instance
from nova.seams import HostSeams
from nova.servers.steps.metadata import devices, ec2, openstack, versions
from nova.servers.steps.metadata.entropy import entropy
from nova.servers.steps.metadata.guards import security_groups_of
from nova.servers.steps.metadata.subject import Subject
from nova.virt.contract import ConfigDrive, DeviceAddress


def config_drive(run: Run[HostSeams]) -> ConfigDrive | None:
    """The drive of a guest that is being made, None when it has none.

    `run.progress` may hold what only the one who makes it knows: `admin_password` and
    `personality` ([{path, contents}], contents in base64).
    """
    instance, seams = run.instance, run.seams
    if not instance.config_drive:
        return None
    subject = subject_of_build(
        seams.conf, instance, run.progress, seams.vendor,
        security_groups_of(run.context, seams.network.guards, instance.uuid),
    )  # fmt: skip

    def placed(addresses: Sequence[DeviceAddress]) -> dict[str, bytes]:
        told = tuple(devices.kept(instance, addresses))
        return config_drive_files(seams.conf, replace(subject, devices=told))

    files = config_drive_files(seams.conf, subject)
    return ConfigDrive(files, placed if devices.are_told(instance) else None)


def subject_of_build(
    conf: cfg.ConfigOpts, instance: Instance, progress: Mapping[str, Any], vendor: VendorData,
    security_groups: Sequence[str] = (),
) -> Subject:
    return Subject(
        instance=instance,
        entropy=entropy,
        dhcp_domain=conf.api.dhcp_domain or "",
        security_groups=tuple(security_groups),
        devices=tuple(devices.kept(instance, ())),
        vendor=Remembering(vendor),
        admin_password=progress.get("admin_password"),
        files=tuple(
            (one["path"], base64.b64decode(one["contents"]))
            for one in progress.get("personality") or ()
        ),
    )


def config_drive_files(conf: cfg.ConfigOpts, subject: Subject) -> dict[str, bytes]:
    """{path: content}, all versions."""
    skipped = (conf.api.config_drive_skip_versions or "").split()
    files = dict(_ec2(subject, skipped))
    for version in (*versions.OPENSTACK, versions.LATEST):
        files |= _documents(subject, version)
    for name, content in openstack.contents(subject).items():
        files[f"openstack/{openstack.CONTENT}/{name}"] = content
    return files


def _ec2(subject: Subject, skipped: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for version in (*versions.EC2, versions.LATEST):
        if version in skipped:
            continue
        tree = ec2.tree(subject, versions.known(versions.EC2, version) or "")
        if "user-data" in tree:
            yield f"ec2/{version}/user-data", tree["user-data"]
        yield f"ec2/{version}/meta-data.json", _plain(tree["meta-data"])


def _plain(tree: Mapping[str, Any]) -> bytes:
    shown = copy.deepcopy(dict(tree))
    for key in shown.get("public-keys", {}).values():
        key.pop(ec2.NAME, None)
    return json.dumps(shown, sort_keys=True).encode()


def _documents(subject: Subject, version: str) -> dict[str, bytes]:
    meant = versions.known(versions.OPENSTACK, version) or ""
    names = [one for one in openstack.listing(subject, meant) if one != openstack.PASSWORD]
    return {
        f"openstack/{version}/{name}": openstack.document(subject, meant, name) for name in names
    }
