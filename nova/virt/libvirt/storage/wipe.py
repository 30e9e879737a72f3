"""Overwriting what a guest left on a device, before somebody else gets it."""

from pathlib import Path

from nova.virt.libvirt.tools import Tools

MIB = 1024**2
PASSES = {"zero": ("-n0", "-z"), "shred": ("-n3",)}


class Wipe:
    """`method` is zero, shred or none; `first_mib` from the start, 0 for all."""

    def __init__(self, tools: Tools, method: str, first_mib: int) -> None:
        self._tools = tools
        self._method = method
        self._first = first_mib * MIB

    def clear(self, device: Path, size: int) -> None:
        if self._method not in PASSES:
            return
        amount = min(size, self._first) if self._first else size
        self._tools.run("shred", *PASSES[self._method], f"-s{amount}", device)
