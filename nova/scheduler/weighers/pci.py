"""Hosts with few free PCI devices come first, so that rich ones stay free for who needs them."""

import numpy as np

from nova.scheduler.field import Field, Numbers
from nova.scheduler.request import Request
from nova.scheduler.weighers.contract import Weigher

MOST = 100


class PCIWeigher(Weigher):
    option = "pci_weight_multiplier"

    def raw(self, request: Request, field: Field) -> Numbers | None:
        return MOST - np.minimum(field.column("free_pci_devices"), MOST - 1)
