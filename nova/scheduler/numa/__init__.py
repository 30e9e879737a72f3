"""Guests that want to know their host's memory nodes: what they wish, and where it fits."""

from nova.scheduler.numa.cells import HostCell, read_cells
from nova.scheduler.numa.fit import Ratios, fit, taken
from nova.scheduler.numa.near import fit_near
from nova.scheduler.numa.wish import GuestTopology, wished

__all__ = [
    "GuestTopology",
    "HostCell",
    "Ratios",
    "fit",
    "fit_near",
    "read_cells",
    "taken",
    "wished",
]
