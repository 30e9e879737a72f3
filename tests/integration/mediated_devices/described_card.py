"""A libvirt daemon of one's own that sees a graphics card in one of this machine's devices.

What the operating system tells of the device is replaced, for the daemon alone, by files
that also tell of types of mediated devices; and the program that would cut one writes down
what it was asked for, and says that it cannot.
"""

import os
from pathlib import Path

from tools.daemons.private_libvirt import PrivateLibvirt

DEVICES = Path("/sys/bus/pci/devices")
REFUSAL = "there is no such hardware"
PROGRAM = """#!/bin/sh
case "$1" in
start) {{ echo "$@"; cat; }} >> {calls}; echo "{refusal}" >&2; exit 3;;
*) echo '[]';;
esac
"""


def device() -> Path | None:
    """One of this machine, as the operating system shows it; None: it has none."""
    found = sorted(DEVICES.iterdir()) if DEVICES.is_dir() else []
    return found[-1].resolve() if found else None


class LibvirtWithCard(PrivateLibvirt):
    """`types` by name: how many of each."""

    def __init__(self, directory: Path, place: Path, types: dict[str, int]) -> None:
        super().__init__(directory)
        self.calls = directory / "calls"
        self.program = directory / "bin" / "mdevctl"
        self._place, self._types = place, types

    @property
    def address(self) -> str:
        return self._place.name

    def prepared(self) -> list[str]:
        *head, script = super().prepared()
        card = self._described()
        self._write_program()
        # The library believes nothing but the operating system, unless it is told to.
        own = f"export SYSTEMD_DEVICE_VERIFY_SYSFS=0 PATH={self.program.parent}:$PATH"
        return [*head, f"mount --bind {card} {self._place} && {own} && {script}"]

    def _described(self) -> Path:
        card = self.directory / "card"
        card.mkdir()
        for part in self._place.iterdir():
            if part.is_symlink():
                (card / part.name).symlink_to(os.path.realpath(part))
            elif part.is_file() and os.stat(part).st_mode & 0o444:
                (card / part.name).write_bytes(part.read_bytes())
        for name, count in self._types.items():
            kind = card / "mdev_supported_types" / name
            kind.mkdir(parents=True)
            (kind / "name").write_text(f"GRID {name}\n")
            (kind / "device_api").write_text("vfio-pci\n")
            (kind / "available_instances").write_text(f"{count}\n")
        return card

    def _write_program(self) -> None:
        self.program.parent.mkdir()
        self.program.write_text(PROGRAM.format(calls=self.calls, refusal=REFUSAL))
        self.program.chmod(0o755)
