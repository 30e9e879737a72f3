"""What could not go with destroyed guests: their directories, their ports in the switch."""

import shutil
from collections.abc import Sequence

from nova.virt.libvirt.plugging.plugs import Plugs
from nova.virt.libvirt.storage.layout import DOOMED, Layout


class LibvirtLeftovers:
    def __init__(self, layout: Layout, plugs: Plugs) -> None:
        self._layout = layout
        self._plugs = plugs

    def found(self) -> Sequence[str]:
        """Those with ports are told of when the switch answers: until then there is nothing
        to try."""
        doomed = self._layout.root.glob(f"*{DOOMED}")
        return sorted({*(path.name.removesuffix(DOOMED) for path in doomed), *self._plugs.owing()})

    def remove(self, uuid: str) -> bool:
        doomed = self._layout.doomed(uuid)
        shutil.rmtree(doomed, ignore_errors=True)
        return self._plugs.settle(uuid) and not doomed.exists()
