"""A small disk, labelled config-2, that tells a guest about itself."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from nova.virt.contract.errors import CannotSpawn, HypervisorError
from nova.virt.libvirt.tools import Tools

LABEL = "config-2"
VFAT_BYTES = 64 * 1024**2


class ConfigDriveMaker:
    """`format` is iso9660 or vfat; `mkisofs` the command for the former."""

    def __init__(self, tools: Tools, *, format: str, mkisofs: str, publisher: str) -> None:
        self._tools = tools
        self._format = format
        self._mkisofs = mkisofs
        self._publisher = publisher

    @property
    def is_cdrom(self) -> bool:
        return self._format == "iso9660"

    def write(self, uuid: str, target: Path, files: Mapping[str, bytes]) -> None:
        """Raises CannotSpawn; a drive that was there before stays until the new one is whole."""
        part = target.with_suffix(".part")
        try:
            with tempfile.TemporaryDirectory(prefix="config-drive-") as directory:
                _lay_out(Path(directory), files)
                self._make(Path(directory), part)
            part.chmod(0o600)  # it may hold the password
            os.replace(part, target)
        except (HypervisorError, OSError) as error:
            raise CannotSpawn(uuid=uuid, reason=f"config drive: {error}") from error
        finally:
            part.unlink(missing_ok=True)

    def _make(self, directory: Path, part: Path) -> None:
        if self.is_cdrom:
            self._iso(directory, part)
        else:
            self._vfat(directory, part)

    def _iso(self, directory: Path, part: Path) -> None:
        self._tools.run(
            *(self._mkisofs, "-o", part, "-ldots", "-allow-lowercase", "-allow-multidot", "-l"),
            *("-publisher", self._publisher, "-quiet", "-J", "-r", "-V", LABEL, directory),
        )

    def _vfat(self, directory: Path, part: Path) -> None:
        with part.open("wb") as file:
            file.truncate(VFAT_BYTES)
        self._tools.run("mkfs.vfat", "-n", LABEL, part)
        entries = sorted(directory.iterdir())
        if entries:
            self._tools.run("mcopy", "-s", "-i", part, *entries, "::/")


def _lay_out(directory: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = directory / name.lstrip("/")
        if not path.resolve().is_relative_to(directory.resolve()):
            raise OSError(f"{name} leads out of the drive")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
