"""More free room is better; a host that has less than none is no worse than one with none."""

from nova.scheduler.weighers.contract import NumberWeigher


class RAMWeigher(NumberWeigher):
    option = "ram_weight_multiplier"
    number = "free_ram_mb"
    lowest = 0.0


class CPUWeigher(NumberWeigher):
    option = "cpu_weight_multiplier"
    number = "free_vcpus"
    lowest = 0.0


class DiskWeigher(NumberWeigher):
    option = "disk_weight_multiplier"
    number = "free_disk_mb"
    lowest = 0.0
