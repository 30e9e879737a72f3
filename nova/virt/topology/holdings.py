"""What a node has of the things that servers get for themselves, and who has them."""

from collections.abc import Mapping
from dataclasses import dataclass

from nova.virt.pci.ledger import Ledger
from nova.virt.topology.host import CellUse


@dataclass(frozen=True)
class Holdings:
    """At one moment.  `holders` {PCI address: server}."""

    cells: tuple[CellUse, ...]
    ledger: Ledger
    holders: Mapping[str, str]
