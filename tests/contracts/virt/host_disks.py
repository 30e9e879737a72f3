"""The disks of real guests, looked at and written to from their host."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from nova.virt.contract import GuestSpec

FILES = {"root": "disk", "ephemeral": "disk.eph0"}
# Where nothing of the tiny systems is, nor of a new file system.
AT = {"disk": 512 * 1024, "disk.eph0": 512 * 1024**2}
BYTES = 512


def write(conf: Any, guest: GuestSpec, name: str, text: str) -> None:
    """Through the hypervisor while the guest runs; else into the file."""
    with tempfile.NamedTemporaryFile(prefix="nova-text-", dir="/var/tmp") as file:
        file.write(text.encode().ljust(BYTES, b"\0"))
        file.flush()
        Path(file.name).chmod(0o644)
        order = f"write -s {file.name} {AT[name]} {BYTES}"
        if not _written_by_hypervisor(conf, guest, name, order):
            kind = _format(conf, guest, name)
            _tool("qemu-io", "-f", kind, "-c", order, _path(conf, guest, name))


def read(conf: Any, guest: GuestSpec, name: str) -> str:
    """What `write` wrote."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
        flat = Path(directory, "flat")
        kind = _format(conf, guest, name)
        _tool("qemu-img", "convert", "-U", "-f", kind, "-O", "raw", _path(conf, guest, name), flat)
        with flat.open("rb") as file:
            file.seek(AT[name])
            return file.read(BYTES).rstrip(b"\0").decode()


def _written_by_hypervisor(conf: Any, guest: GuestSpec, name: str, order: str) -> bool:
    import libvirt
    import libvirt_qemu

    connection = libvirt.open(conf.libvirt.connection_uri)
    try:
        domain = connection.lookupByUUIDString(guest.uuid)
        if not domain.isActive():
            return False
        query = json.dumps({"execute": "query-block"})
        devices = json.loads(libvirt_qemu.qemuMonitorCommand(domain, query, 0))["return"]
        path = str(_path(conf, guest, name))
        (device,) = {d["qdev"] for d in devices if d.get("inserted", {}).get("file") == path}
        said = libvirt_qemu.qemuMonitorCommand(
            domain, f'qemu-io -d {device} "{order}"',
            libvirt_qemu.VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP,
        )
        assert "wrote" in said or not said.strip(), said
        return True
    finally:
        connection.close()


def _path(conf: Any, guest: GuestSpec, name: str) -> Path:
    return Path(conf.instances_path, guest.uuid, name)


def _format(conf: Any, guest: GuestSpec, name: str) -> str:
    path = _path(conf, guest, name)
    found: str = json.loads(path.with_name("disk.info").read_text())[str(path)]
    return found


def _tool(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True, timeout=60)
