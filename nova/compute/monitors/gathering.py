"""The monitors that an operator enabled, and what they measured last."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from nova.compute.monitors.contract import MonitorBase, MonitorMetricList
from nova.compute.monitors.cpu import virt_driver
from nova.core.clock import Clock
from nova.seams import HostSeams

LOG = logging.getLogger(__name__)
PLACE = "nova.compute.monitors"
KIND = "cpu"
OWN: Mapping[tuple[str, str], type[MonitorBase]] = {("cpu", "virt_driver"): virt_driver.Monitor}
# Seconds: in less, a share of time says nothing of a host.
SHORTEST = 5.0


class Monitors:
    """Thread-safe.  `metrics` of all monitors, in the form of compute_nodes.metrics."""

    def __init__(self, clock: Clock, monitors: Sequence[MonitorBase]) -> None:
        self._clock = clock
        self._monitors = monitors
        self._gathering = clock.lock()
        self._gathered: list[dict[str, Any]] = []
        self._at: float | None = None

    def metrics(self) -> list[dict[str, Any]]:
        """Who asks again at once gets the same answer."""
        if not self._monitors:
            return []
        with self._gathering:
            now = self._clock.monotonic()
            if self._at is None or now - self._at >= SHORTEST:
                self._gathered, self._at = self._gather().to_list(), now
            return self._gathered

    def _gather(self) -> MonitorMetricList:
        found = MonitorMetricList()
        for monitor in self._monitors:
            own = MonitorMetricList()
            try:
                monitor.populate_metrics(own)
                # Also of what others wrote.
                own.to_list()
            except Exception as error:
                LOG.warning("Cannot get the metrics from %s; error: %s", monitor, error)
                continue
            found.objects += own.objects
        return found


def monitors_of(seams: HostSeams) -> Monitors:
    """Those of [DEFAULT]compute_monitors, one of each kind.  What cannot be had is named in
    the log, and is no reason not to serve."""
    return Monitors(seams.clock, list(_made(seams)))


def _made(seams: HostSeams) -> Iterator[MonitorBase]:
    taken: dict[str, str] = {}
    for written in seams.conf.compute_monitors:
        kind, _, name = written.strip().rpartition(".")
        kind = kind or KIND
        if kind in taken:
            LOG.warning("Excluding %s monitor %s. Already loaded %s", kind, name, taken[kind])
            continue
        monitor = _one(seams, kind, name)
        if monitor is not None:
            taken[kind] = name
            yield monitor


def _one(seams: HostSeams, kind: str, name: str) -> MonitorBase | None:
    group = f"{PLACE}.{kind}"
    brought: list[EntryPoint] = list(entry_points(group=group, name=name))
    try:
        monitor = OWN.get((kind, name)) or (brought[0].load() if brought else None)
        if monitor is None:
            LOG.warning("There is no monitor %s in %s", name, group)
            return None
        made: MonitorBase = monitor(seams)
    except Exception as error:
        LOG.warning("Monitor %s.%s cannot be used here: %s", kind, name, error)
        return None
    return made
