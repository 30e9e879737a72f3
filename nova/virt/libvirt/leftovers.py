"""Directories of destroyed guests that could not be emptied."""

import shutil
from collections.abc import Sequence

from nova.virt.libvirt.storage.layout import DOOMED, Layout


class LibvirtLeftovers:
    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def found(self) -> Sequence[str]:
        return sorted(
            path.name.removesuffix(DOOMED) for path in self._layout.root.glob(f"*{DOOMED}")
        )

    def remove(self, uuid: str) -> bool:
        doomed = self._layout.doomed(uuid)
        shutil.rmtree(doomed, ignore_errors=True)
        return not doomed.exists()
