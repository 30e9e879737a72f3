"""How the processors of the host spent their time, as libvirt counts it."""

import libvirt

from nova.virt.contract.host_cpu import CpuTimes
from nova.virt.libvirt.connection import Connection

# Where the speed stands in what the library tells of a node.
MHZ = 3


class LibvirtHostCpu:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def times(self) -> CpuTimes:
        return self._connection.call("read the CPU times", _times)


def _times(connection: libvirt.virConnect) -> CpuTimes:
    spent = connection.getCPUStats(libvirt.VIR_NODE_CPU_STATS_ALL_CPUS, 0)
    return CpuTimes(
        kernel=spent.get("kernel", 0),
        user=spent.get("user", 0),
        idle=spent.get("idle", 0),
        iowait=spent.get("iowait", 0),
        frequency_mhz=int(connection.getInfo()[MHZ]),
    )
