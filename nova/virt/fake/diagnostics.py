"""Use of fake guests: invented, but always the same."""

from collections.abc import Mapping

from nova.virt.contract.diagnostics import CpuUse, DiskUse, GuestUse, NicUse
from nova.virt.contract.states import PowerState
from nova.virt.fake.guest import FakeGuest
from nova.virt.fake.hypervisor import FakeHypervisor

CPU_NANOSECONDS = 17300000000
DISK = DiskUse(262144, 112, 5778432, 488, errors_count=1)
NIC = {
    "rx_octets": 2070139, "rx_errors": 100, "rx_drop": 200, "rx_packets": 26701, "rx_rate": 300,
    "tx_octets": 140208, "tx_errors": 400, "tx_drop": 500, "tx_packets": 662, "tx_rate": 600,
}  # fmt: skip


class FakeDiagnostics:
    def __init__(self, hypervisor: FakeHypervisor) -> None:
        self._hypervisor = hypervisor

    def use(self, uuid: str) -> GuestUse:
        guest = self._running(uuid)
        return GuestUse(
            driver="libvirt",
            hypervisor="fake-hypervisor",
            hypervisor_os="fake-os",
            memory_maximum=guest.memory_mb,
            memory_used=0,
            cpus=[CpuUse(number, CPU_NANOSECONDS, 15) for number in range(guest.vcpus)],
            disks=[DISK],
            nics=[NicUse(mac_address=mac, **NIC) for mac in guest.macs],
        )

    def counters(self, uuid: str) -> Mapping[str, int]:
        guest = self._running(uuid)
        found = {f"cpu{number}_time": CPU_NANOSECONDS for number in range(guest.vcpus)}
        found |= {"memory": guest.memory_mb * 1024, "vda_errors": -1}
        found |= {"vda_read": 262144, "vda_read_req": 112}
        found |= {"vda_write": 5778432, "vda_write_req": 488}
        for tap in guest.taps:
            for way in ("rx", "tx"):
                found[f"{tap}_{way}"] = NIC[f"{way}_octets"]
                found |= {f"{tap}_{way}_{what}": NIC[f"{way}_{what}"]
                          for what in ("drop", "errors", "packets")}
        return found

    def _running(self, uuid: str) -> FakeGuest:
        self._hypervisor.faults.strike("diagnostics", uuid)
        return self._hypervisor.demand(uuid, "be looked into", PowerState.RUNNING)
