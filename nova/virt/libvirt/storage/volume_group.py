"""The commands of LVM.  They need the kernel's device mapper."""

import json
from pathlib import Path
from typing import Any

from nova.virt.libvirt.tools import Tools

FIRST_BYTES = 64 * 1024**2
"""What a sparse volume takes at once; it gets more as it is written to."""
REPORT = ("--reportformat", "json", "--units", "b", "--nosuffix")


class VolumeGroup:
    """Sizes are bytes; the volume manager rounds them up to its extents."""

    def __init__(self, tools: Tools, name: str, devices: Path = Path("/dev")) -> None:
        self._tools = tools
        self._name = name
        self._devices = devices

    def device(self, volume: str) -> Path:
        return self._devices / self._name / volume

    def create(self, volume: str, size: int) -> None:
        self._lvm("lvcreate", "--yes", "-L", f"{size}b", "-n", volume, self._name)

    def create_sparse(self, volume: str, size: int) -> None:
        sizes = ("-L", f"{min(size, FIRST_BYTES)}b", "--virtualsize", f"{size}b")
        self._lvm("lvcreate", "--yes", *sizes, "-n", volume, self._name)

    def snapshot(self, volume: str, picture: str, size: int) -> None:
        """`size` is room for what is overwritten from now on."""
        origin = f"{self._name}/{volume}"
        self._lvm("lvcreate", "--yes", "-s", "-L", f"{size}b", "-n", picture, origin)

    def extend(self, volume: str, size: int) -> None:
        self._lvm("lvextend", "-L", f"{size}b", f"{self._name}/{volume}")

    def remove(self, volume: str) -> None:
        self._lvm("lvremove", "-f", f"{self._name}/{volume}")

    def volumes(self) -> dict[str, int]:
        """Sizes by name."""
        return {row["lv_name"]: int(row["lv_size"]) for row in self._volumes("lv_name,lv_size")}

    def unwritten(self) -> int:
        """What sparse volumes have been promised and do not have yet."""
        rows = self._volumes("lv_size,data_percent")
        return sum(
            int(int(row["lv_size"]) * (100 - float(row["data_percent"])) / 100)
            for row in rows
            if row["data_percent"]
        )

    def unique_name(self) -> str:
        """In all the world, other than its own name."""
        return str(self._group("vg_uuid")["vg_uuid"])

    def capacity(self) -> tuple[int, int]:
        """All of it, and what is free."""
        row = self._group("vg_size,vg_free")
        return int(row["vg_size"]), int(row["vg_free"])

    def _group(self, facts: str) -> dict[str, Any]:
        told = self._lvm("vgs", *REPORT, "-o", facts, self._name)
        row: dict[str, Any] = json.loads(told)["report"][0]["vg"][0]
        return row

    def _volumes(self, facts: str) -> list[dict[str, Any]]:
        told = self._lvm("lvs", *REPORT, "-o", facts, self._name)
        rows: list[dict[str, Any]] = json.loads(told)["report"][0]["lv"]
        return rows

    def _lvm(self, *command: str) -> str:
        return self._tools.run(*command)
