"""What fake guests are plugged into."""

from nova.virt.fake.hypervisor import FakeHypervisor


class FakePorts:
    def __init__(self, hypervisor: FakeHypervisor) -> None:
        self._hypervisor = hypervisor

    def renew(self, uuid: str) -> None:
        self._hypervisor.faults.strike("renew_ports", uuid)
        self._hypervisor.loose.difference_update(self._hypervisor.defined(uuid).taps)
