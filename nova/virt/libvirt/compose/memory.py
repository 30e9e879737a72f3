"""Where the guest's memory comes from on the host."""

from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.compose.encryption import locks_memory
from nova.virt.libvirt.compose.numa import pages, realtime
from nova.virt.libvirt.compose.site import Site
from nova.virt.libvirt.compose.wishes import Wishes
from nova.virt.libvirt.xml.machine import MemoryBacking


def memory_backing(guest: GuestSpec, site: Site) -> MemoryBacking | None:
    """Pages of a size, a file, or the host's usual memory; locked in place if wanted."""
    huge = pages(guest, site)
    file = bool(site.conf.libvirt.file_backed_memory)
    strict = bool(realtime(guest))
    locked = strict or locks_memory(guest) or bool(Wishes.of(guest).flag("locked_memory"))
    if file and (huge or locked):
        what = "Huge pages" if huge else "Locked memory"
        raise UnsupportedGuest(what=what, value="[libvirt]file_backed_memory")
    made = MemoryBacking(pages=huge, unshared=strict, locked=locked)
    if file:
        made = MemoryBacking(
            source="file", access="shared", allocation="immediate", discard=True
        )
    return None if made == MemoryBacking() else made


def shares_memory(guest: GuestSpec, site: Site) -> bool:
    """Whether another process of the host moves the guest's packets."""
    return any(nic.vif_type == "vhostuser" for nic in guest.nics)
