"""The serial log of guests, which the hypervisor's log daemon writes."""

import os
from pathlib import Path

from nova.virt.contract.console import MAX_OUTPUT_BYTES
from nova.virt.contract.errors import ConsoleNotAvailable
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.tail import tail


class LibvirtConsole:
    def __init__(self, domains: Domains, layout: Layout) -> None:
        self._domains = domains
        self._layout = layout

    def output(
        self, uuid: str, *, tail_lines: int | None = None, max_bytes: int = MAX_OUTPUT_BYTES
    ) -> bytes:
        self._domains.state(uuid)
        path = self._layout.console_log(uuid)
        try:
            log = _end(path, max_bytes)
        except OSError as error:
            raise ConsoleNotAvailable(kind="log", uuid=uuid) from error
        return tail(log, tail_lines)


def _end(path: Path, max_bytes: int) -> bytes:
    """The end of the log, going on in the rotated part if that is not enough."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - max_bytes))
        log = file.read(max_bytes)
    older = path.with_name(f"{path.name}.0")
    if len(log) < max_bytes and older.exists():
        return _end(older, max_bytes - len(log)) + log
    return log
