"""Where the screens and lines of guests can be reached."""

from nova.virt.contract.console import ScreenAddress
from nova.virt.contract.errors import ConsoleNotAvailable
from nova.virt.contract.states import PowerState
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.serial_ports import listening

AWAKE = (PowerState.RUNNING, PowerState.PAUSED)


class LibvirtScreen:
    """`kind` is vnc or spice; `host` the address that console proxies use."""

    def __init__(self, domains: Domains, kind: str, host: str) -> None:
        self._domains = domains
        self._kind = kind
        self._host = host

    def address(self, uuid: str) -> ScreenAddress:
        devices = self._domains.definition(uuid).devices
        screens = devices.graphics if devices else ()
        for screen in screens:
            tls = screen.tls_port if (screen.tls_port or 0) > 0 else None
            if screen.type == self._kind and (port := max(screen.port or 0, 0) or tls):
                return ScreenAddress(self._host, port, tls)
        raise ConsoleNotAvailable(kind=self._kind, uuid=uuid)


class LibvirtSerial:
    """The first line, which is the guest's console; it listens where proxies reach it."""

    def __init__(self, domains: Domains) -> None:
        self._domains = domains

    def address(self, uuid: str) -> ScreenAddress:
        awake = self._domains.state(uuid) in AWAKE
        for line in listening(self._domains.definition(uuid).devices) if awake else ():
            return ScreenAddress(line.source_host or "", line.source_service or 0)
        raise ConsoleNotAvailable(kind="serial", uuid=uuid)
