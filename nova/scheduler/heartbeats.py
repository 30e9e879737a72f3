"""The services of hosts, heard every few seconds.

Nearly all that is ever new of a service is that it reported again: that changes in place,
and nothing is made anew for it.
"""

import sys
from collections.abc import Iterable

from nova.objects.host import Pulse
from nova.scheduler.hosts import ServiceView

# Above every version there is.
NONE = sys.maxsize
UNKNOWN_SERVICE = ServiceView(disabled=False, seen=None)


class Heartbeats:
    """By cell and host."""

    def __init__(self) -> None:
        self._views: dict[str, dict[str, ServiceView]] = {}
        self._oldest: dict[str, int] = {}

    def view(self, cell_uuid: str, host: str) -> ServiceView:
        """The same object as long as nothing but reports is new."""
        return self._views.get(cell_uuid, {}).get(host, UNKNOWN_SERVICE)

    def hear(self, cell_uuid: str, pulses: Iterable[Pulse]) -> set[tuple[str, str]]:
        """All services of a cell; the (cell, host) of which more is new than a report."""
        before = self._views.get(cell_uuid, {})
        now: dict[str, ServiceView] = {}
        changed = {(cell_uuid, host) for host in before}
        for host, disabled, forced_down, version, seen in pulses:
            view = before.get(host)
            if view is not None and view.says(disabled, forced_down, version):
                view.seen = seen
                changed.discard((cell_uuid, host))
            else:
                view = ServiceView(bool(disabled), bool(forced_down), seen, version)
                changed.add((cell_uuid, host))
            now[host] = view
        self._views[cell_uuid] = now
        self._oldest[cell_uuid] = min((view.version for view in now.values()), default=NONE)
        return changed

    @property
    def oldest(self) -> int:
        """The lowest version of all; 0 without any."""
        lowest = min(self._oldest.values(), default=NONE)
        return 0 if lowest == NONE else lowest
