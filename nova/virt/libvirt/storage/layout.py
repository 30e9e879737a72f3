"""Where things are below `instances_path`.  Hosts keep these names over upgrades."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

ROOT = "disk"
SWAP = "disk.swap"
CONFIG_DRIVE = "disk.config"
FORMATS = "disk.info"
CONSOLE_LOG = "console.log"
KERNEL = "kernel"
RAMDISK = "ramdisk"
DOOMED = "_del"
EPHEMERAL = "disk.eph"


def ephemeral(number: int) -> str:
    return f"{EPHEMERAL}{number}"


@dataclass(frozen=True)
class Layout:
    root: Path
    cache_name: str = "_base"

    @property
    def cache(self) -> Path:
        return self.root / self.cache_name

    @property
    def locks(self) -> Path:
        return self.root / "locks"

    @property
    def unplug(self) -> Path:
        """What hosts have to take out of their switches yet, in a directory each."""
        return self.root / "unplug"

    def guest(self, uuid: str) -> Path:
        return self.root / uuid

    def doomed(self, uuid: str) -> Path:
        """What `guest` is renamed to before it is emptied, so that a half-deleted
        guest is never taken for a whole one."""
        return self.root / f"{uuid}{DOOMED}"

    def image(self, image_id: str) -> Path:
        name = hashlib.sha1(image_id.encode(), usedforsecurity=False).hexdigest()
        return self.cache / name

    def console_log(self, uuid: str) -> Path:
        return self.guest(uuid) / CONSOLE_LOG
