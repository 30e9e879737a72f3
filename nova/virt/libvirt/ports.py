"""What guests are plugged into, while they run."""

from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.plugging.plugs import Plugs


class LibvirtPorts:
    """The running machine's definition tells what there was."""

    def __init__(self, domains: Domains, plugs: Plugs) -> None:
        self._domains = domains
        self._plugs = plugs

    def renew(self, uuid: str) -> None:
        devices = self._domains.definition(uuid).devices
        if devices is not None:
            self._plugs.renew(uuid, devices.interfaces)
