"""The serial log of a fake guest."""

from nova.virt.contract.console import MAX_OUTPUT_BYTES
from nova.virt.fake.hypervisor import FakeHypervisor
from nova.virt.tail import tail


class FakeConsole:
    def __init__(self, hypervisor: FakeHypervisor) -> None:
        self._hypervisor = hypervisor

    def output(
        self, uuid: str, *, tail_lines: int | None = None, max_bytes: int = MAX_OUTPUT_BYTES
    ) -> bytes:
        self._hypervisor.faults.strike("output", uuid)
        log = self._hypervisor.defined(uuid).console.encode()
        return tail(log[-max_bytes:], tail_lines)
