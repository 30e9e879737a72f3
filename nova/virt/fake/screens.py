"""Screens of fake guests: addresses, with nobody behind them."""

from nova.virt.contract.console import ScreenAddress
from nova.virt.contract.errors import ConsoleNotAvailable
from nova.virt.contract.states import PowerState
from nova.virt.fake.hypervisor import FakeHypervisor

PATH = "51af38c3-555e-4884-a314-6c8cdde37444"
ADDRESSES: dict[str, ScreenAddress] = {
    "vnc": ScreenAddress("fakevncconsole.com", 6969, internal_path=PATH),
    "spice": ScreenAddress("fakespiceconsole.com", 6969, tls_port=6970),
    "serial": ScreenAddress("fakerdpconsole.com", 6969),
}


class FakeScreen:
    def __init__(self, hypervisor: FakeHypervisor, kind: str) -> None:
        self._hypervisor = hypervisor
        self._kind = kind

    def address(self, uuid: str) -> ScreenAddress:
        if self._hypervisor.defined(uuid).state is PowerState.SHUTDOWN:
            raise ConsoleNotAvailable(kind=self._kind, uuid=uuid)
        return ADDRESSES[self._kind]
