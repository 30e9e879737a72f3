"""Guests with a processor and huge pages of a real hypervisor for themselves: who has them is
known when the compute process starts anew, and why the next one has no place is told."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from nova.clients.image.contract import ImageMeta
from nova.cmd.adapters import ImagesOf
from nova.objects.flavor import Flavor
from nova.virt.contract import Driver
from nova.virt.topology.kept import opened
from tests.cloud import PROJECT, Cloud
from tests.contracts.virt import tiny_guest
from tests.contracts.virt.private_daemon import private_libvirt
from tests.stores import CELL1_UUID
from tools.daemons.private_libvirt import PrivateLibvirt

TINY = "30000000-0000-4000-8000-000000000001"
ADMIN = f"admin:{PROJECT}"
PAGES = Path("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages")
MEMORY_MB = 32
PATIENCE = 120.0


@dataclass
class ClaimingCloud(Cloud):
    """Its one host runs real guests."""

    def driver_of(self, host: str, conf: Any) -> Driver:
        from nova.virt import libvirt

        return libvirt.build(conf, self.clock, ImagesOf(self.image))

    def restart_compute(self) -> None:
        self.computes["host1"].stop()
        self.start_compute("host1")

    def booted(self, flavor: str, *statuses: str) -> str:
        reply = self.boot(flavorRef=flavor, imageRef=TINY)
        assert reply.status == 202, reply.body
        uuid: str = reply.body["server"]["id"]
        self.wait(uuid, *statuses, seconds=PATIENCE)
        return uuid

    def ended(self, *uuids: str) -> None:
        for uuid in uuids:
            assert self.request("DELETE", f"/servers/{uuid}").status == 204
            self.wait(uuid, "GONE", seconds=PATIENCE)

    def xml(self, uuid: str) -> ET.Element:
        import libvirt

        connection = libvirt.open(self.options["libvirt__connection_uri"])
        try:
            return ET.fromstring(connection.lookupByUUIDString(uuid).XMLDesc(0))
        finally:
            connection.close()

    def pinned(self) -> list[int]:
        """The processors that are somebody's, as the host's row says."""
        self.computes["host1"]._resources()
        (node,) = self.stores.cell(CELL1_UUID).nodes.find(host="host1")
        cells = [opened(cell) for cell in opened(node.numa_topology)["cells"]]
        return [cpu for cell in cells for cpu in cell["pinned_cpus"]]

    def refused(self, uuid: str) -> dict[str, Any]:
        """The last decision about a server that has no host."""
        assert self.scheduler.endpoint.journal.settle(10)
        reply = self.request("GET", f"/servers/{uuid}/scheduling-decisions", token=ADMIN)
        decision: dict[str, Any] = reply.body["scheduling_decisions"][0]
        assert decision["result"] == "refused"
        return decision

    def add_flavor(self, name: str, **specs: str) -> None:
        self.stores.api.flavors.create(Flavor(
            flavorid=name, name=name, memory_mb=MEMORY_MB, vcpus=1, root_gb=1, ephemeral_gb=0,
            swap=0, rxtx_factor=1.0, vcpu_weight=0, disabled=False, is_public=True,
            description=None, extra_specs={k.replace("_", ":", 1): v for k, v in specs.items()}))


@pytest.fixture(scope="module")
def daemon() -> Iterator[PrivateLibvirt]:
    with private_libvirt() as made:
        yield made


@pytest.fixture(scope="module")
def cloud(daemon: PrivateLibvirt) -> Iterator[ClaimingCloud]:
    directory = Path(tempfile.mkdtemp(prefix="nova-instances-", dir="/var/tmp"))
    directory.chmod(0o755)
    made = ClaimingCloud(options={
        "instances_path": str(directory), "compute_driver": "libvirt.LibvirtDriver",
        "libvirt__virt_type": "qemu", "libvirt__connection_uri": daemon.uri,
        "vnc__enabled": False, "compute__cpu_shared_set": "0", "compute__cpu_dedicated_set": "1",
        "filter_scheduler__enabled_filters": ["ComputeFilter", "NUMATopologyFilter"],
        "workarounds__disable_fallback_pcpu_query": True, "reserved_host_memory_mb": 0,
    })
    made.image_state.add(
        ImageMeta(id=TINY, name="tiny", disk_format="raw", container_format="bare",
                  visibility="public"), tiny_guest.disk())
    made.add_flavor("pinned", hw_cpu_policy="dedicated")
    made.add_flavor("paged", hw_mem_page_size="2MB")
    made.add_flavor("huge", hw_mem_page_size="1GB")
    made.start()
    yield made
    made.stop()
    shutil.rmtree(directory, ignore_errors=True)


def test_a_processor_is_one_guests_also_after_a_restart(cloud: ClaimingCloud) -> None:
    first = cloud.booted("pinned", "ACTIVE")
    assert cloud.xml(first).find("vcpu").attrib["cpuset"] == "1"
    assert cloud.pinned() == [1]
    second = cloud.booted("pinned", "ERROR")
    [cause] = [one for one in cloud.refused(second)["causes"] if one["emptied"]]
    assert cause["cause"] == "resource class PCPU"

    cloud.restart_compute()
    assert cloud.pinned() == [1]
    third = cloud.booted("pinned", "ERROR")
    cloud.ended(first, second, third)
    assert cloud.pinned() == []
    again = cloud.booted("pinned", "ACTIVE")
    assert cloud.pinned() == [1]
    cloud.ended(again)


def test_huge_pages_are_given_and_counted(cloud: ClaimingCloud) -> None:
    free = int(PAGES.read_text()) if PAGES.exists() else 0
    if free * 2 < MEMORY_MB:
        pytest.skip("no huge pages are free here: sysctl vm.nr_hugepages")
    uuid = cloud.booted("paged", "ACTIVE")
    [page] = cloud.xml(uuid).iter("page")
    assert (page.attrib["size"], page.attrib["unit"]) == ("2048", "KiB")
    cloud.restart_compute()
    cloud.pinned()
    (node,) = cloud.stores.cell(CELL1_UUID).nodes.find(host="host1")
    used = [opened(pages)["used"] for cell in opened(node.numa_topology)["cells"]
            for pages in opened(cell)["mempages"] if opened(pages)["size_kb"] == 2048]
    assert sum(used) == MEMORY_MB // 2
    cloud.ended(uuid)


def test_pages_that_no_host_has_are_told_of(cloud: ClaimingCloud) -> None:
    uuid = cloud.booted("huge", "ERROR")
    [host] = cloud.refused(uuid)["hosts"]
    assert (host["check"], host["host"]) == ("NUMATopologyFilter", "host1")
    assert "1048576 pages" in host["asked"]
    cloud.ended(uuid)
