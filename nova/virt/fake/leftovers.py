"""What is left of fake guests, if a test wishes it."""

from collections.abc import Sequence

from nova.errors import NovaError
from nova.virt.fake.hypervisor import FakeHypervisor


class FakeLeftovers:
    def __init__(self, hypervisor: FakeHypervisor) -> None:
        self._hypervisor = hypervisor

    def found(self) -> Sequence[str]:
        return sorted(self._hypervisor.litter)

    def remove(self, uuid: str) -> bool:
        try:
            self._hypervisor.faults.strike("remove_leftovers", uuid)
        except NovaError:
            return False
        self._hypervisor.litter.discard(uuid)
        return True
