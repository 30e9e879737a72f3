"""Where the screens of guests can be reached."""

from nova.virt.contract.console import ScreenAddress
from nova.virt.contract.errors import ConsoleNotAvailable
from nova.virt.libvirt.domains import Domains


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
            if screen.type == self._kind and screen.port is not None and screen.port > 0:
                tls = screen.tls_port if (screen.tls_port or 0) > 0 else None
                return ScreenAddress(self._host, screen.port, tls)
        raise ConsoleNotAvailable(kind=self._kind, uuid=uuid)
