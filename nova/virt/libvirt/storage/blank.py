"""Empty disks with a file system on them, made once per size and kind and shared."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.libvirt.storage.backend import Base
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.lock import FileLocks
from nova.virt.libvirt.tools import Tools

MIB = 1024**2
COMMANDS: dict[str, tuple[str, ...]] = {
    "ext2": ("mkfs.ext2", "-q", "-F", "-L", "%(label)s", "%(target)s"),
    "ext3": ("mkfs.ext3", "-q", "-F", "-L", "%(label)s", "%(target)s"),
    "ext4": ("mkfs.ext4", "-q", "-F", "-L", "%(label)s", "%(target)s"),
    "xfs": ("mkfs.xfs", "-q", "-f", "-L", "%(label)s", "%(target)s"),
    "vfat": ("mkfs.vfat", "-n", "%(label)s", "%(target)s"),
    "ntfs": ("mkfs.ntfs", "--force", "--fast", "--label", "%(label)s", "%(target)s"),
    "swap": ("mkswap", "%(target)s"),
}
DEFAULT_OF_SYSTEM = {"linux": "ext4", "windows": "ntfs"}
FALLBACK = "vfat"


class BlankDisks:
    """`default` is the file system when neither guest nor system say one; `custom`
    maps a system ("linux", "default") to a command with %(fs_label)s and %(target)s."""

    def __init__(
        self,
        layout: Layout,
        tools: Tools,
        locks: FileLocks,
        *,
        default: str | None,
        custom: Mapping[str, str],
    ) -> None:
        self._layout = layout
        self._tools = tools
        self._locks = locks
        self._default = default
        self._custom = custom

    def swap(self, size_mb: int) -> Base:
        return self._made(f"swap_{size_mb}", size_mb * MIB, COMMANDS["swap"], "swap1")

    def ephemeral(self, size_gb: int, filesystem: str | None, os_type: str | None) -> Base:
        """Raises UnsupportedGuest for a file system that this host cannot make."""
        kind = filesystem or self._default or DEFAULT_OF_SYSTEM.get(os_type or "", FALLBACK)
        command = self._command(kind, filesystem, os_type)
        name = f"ephemeral_{size_gb}_{kind}"
        return self._made(name, size_gb * 1024 * MIB, command, "ephemeral0")

    def _command(self, kind: str, filesystem: str | None, os_type: str | None) -> Sequence[str]:
        custom = self._custom.get(os_type or "default") or self._custom.get("default")
        if custom and not filesystem:
            return custom.replace("%(fs_label)s", "%(label)s").split()
        if kind not in COMMANDS:
            raise UnsupportedGuest(what="The file system of an ephemeral disk", value=kind)
        return COMMANDS[kind]

    def _made(self, name: str, size: int, command: Sequence[str], label: str) -> Base:
        path = self._layout.cache / name
        with self._locks.holding(name):
            if not path.exists():
                self._make(path, size, command, label)
            os.utime(path)
        return Base(path, "raw", size)

    def _make(self, path: Path, size: int, command: Sequence[str], label: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        try:
            with part.open("wb") as file:
                file.truncate(size)
            self._tools.run(*(word % {"label": label, "target": part} for word in command))
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
