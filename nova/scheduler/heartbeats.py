"""The services of hosts, heard every few seconds.

Nearly all that is ever new of a service is that it reported again: that changes in place,
and nothing is made anew for it.
"""

from collections.abc import Iterable

from nova.objects.host import Pulse
from nova.scheduler.hosts import ServiceView

UNKNOWN_SERVICE = ServiceView(disabled=False, seen=None)


class Heartbeats:
    """By cell and host."""

    def __init__(self) -> None:
        self._views: dict[str, dict[str, ServiceView]] = {}

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
        return changed

    @property
    def oldest(self) -> int:
        """The lowest version of all; 0 without any."""
        versions = (view.version for cell in self._views.values() for view in cell.values())
        return min(versions, default=0)
