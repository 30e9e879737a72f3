"""What can be kept and asked, as contracts: implemented by nova/db, relayed to hosts over RPC.

Every method is one transaction.  Writers that could race take what they expect
to find and raise StateConflict (or the named error) when they do not.  Methods
that list take or return whole lists: no caller loops over single reads.
"""

from nova.objects.store.api import ApiStore
from nova.objects.store.cell import CellStore, Stores
from nova.objects.store.host import HostStore
from nova.objects.store.page import Page

__all__ = ["ApiStore", "CellStore", "HostStore", "Page", "Stores"]
