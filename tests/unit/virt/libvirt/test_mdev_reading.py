"""Mediated devices in what the hypervisor writes."""

import logging
from typing import Any

import pytest

from nova.virt.contract.mdev import Mdev
from nova.virt.libvirt.mdev import reading
from nova.virt.libvirt.mdev.reading import HostMdevs, found_of, held_by
from nova.virt.libvirt.xml.devices import HostDevice
from nova.virt.libvirt.xml.node_device import NewMdev, NodeDevice
from nova.virt.mdev.offers import Found, MdevOffer
from tests.contracts.virt import gpu_documents

ONE, TWO = (f"4b20d080-1b54-4048-85b3-a6a62d165c0{n}" for n in (1, 2))
GUEST = "11111111-1111-4111-8111-111111111111"
GPU = """<device><name>pci_0000_06_00_0</name><path>/sys/devices/pci0000:00/0000:06:00.0</path>
<parent>pci_0000_00_03_0</parent><driver><name>nvidia</name></driver>
<capability type='pci'><class>0x030200</class><domain>0</domain><bus>6</bus><slot>0</slot>
<function>0</function><product id='0x0ff2'>GK107GL</product><vendor id='0x10de'>NVIDIA</vendor>
<capability type='mdev_types'>
<type id='nvidia-11'><name>GRID K160Q</name><deviceAPI>vfio-pci</deviceAPI>
<availableInstances>0</availableInstances></type>
<type id='nvidia-12'><deviceAPI>vfio-pci</deviceAPI>
<availableInstances>15</availableInstances></type></capability>
<iommuGroup number='20'><address domain='0x0000' bus='0x06' slot='0x00' function='0x0'/>
</iommuGroup><numa node='0'/></capability></device>"""
CHANNEL = """<device><name>css_0_0_0052</name><parent>computer</parent><capability type='css'>
<cssid>0x0</cssid><ssid>0x0</ssid><devno>0x0052</devno><capability type='mdev_types'>
<type id='vfio_ccw-io'><name>I/O subchannel (Non-QDIO)</name><deviceAPI>vfio-ccw</deviceAPI>
<availableInstances>1</availableInstances></type></capability></capability></device>"""
CUT = f"""<device><name>mdev_{ONE.replace("-", "_")}_0000_06_00_0</name>
<path>/sys/devices/pci0000:00/0000:06:00.0/{ONE}</path><parent>pci_0000_06_00_0</parent>
<driver><name>vfio_mdev</name></driver><capability type='mdev'><type id='nvidia-12'/>
<uuid>{ONE.upper()}</uuid><parent_addr>0000:06:00.0</parent_addr><iommuGroup number='12'/>
</capability></device>"""


def test_devices_of_a_host() -> None:
    devices = [NodeDevice.from_text(text) for text in (GPU, CHANNEL, CUT)]
    assert found_of(devices, {ONE: (GUEST, True)}) == [
        Found("pci_0000_06_00_0", "0000:06:00.0", {"nvidia-11": 0, "nvidia-12": 15},
              {"nvidia-12": (Mdev(ONE, GUEST, foreign=True),)}),
        Found("css_0_0_0052", "css_0_0_0052", {"vfio_ccw-io": 1}, {}),
    ]


def test_guests_of_ours_and_of_others() -> None:
    for metadata, foreign in ((gpu_documents.OURS, False), ("", True)):
        text = gpu_documents.GUEST.format(name="g", uuid=GUEST, mdev=ONE, metadata=metadata)
        assert list(held_by(text)) == [(ONE, (GUEST, foreign))]
    assert list(held_by("<domain><name>g</name></domain>")) == []


def test_what_a_new_one_is_asked_for_with() -> None:
    made = NewMdev(parent="pci_0000_06_00_0", type="nvidia-12", uuid=TWO)
    assert NodeDevice.from_text(made.to_text()) == NodeDevice(
        "", "pci_0000_06_00_0", "mdev", uuid=TWO, mdev_type="nvidia-12")


def test_how_a_guest_has_it() -> None:
    device = HostDevice(type="mdev", model="vfio-pci", mdev=ONE).to_xml()
    assert device.attrib == {"mode": "subsystem", "type": "mdev", "model": "vfio-pci"}
    [address] = device.findall("source/address")
    assert address.attrib == {"uuid": ONE}
    assert HostDevice.from_xml(device).mdev == ONE


class Library:
    """Of a host with these devices; counts what it is asked."""

    def __init__(self, *texts: str) -> None:
        self._texts = texts
        self.asked: list[str] = []

    def call(self, verb: str, function: Any) -> Any:
        self.asked.append(verb)
        return function(self)

    def listAllDevices(self, _flags: int) -> list[Any]:
        return [Document(text) for text in self._texts]

    def listAllDomains(self) -> list[Any]:
        return []


class Document:
    def __init__(self, text: str) -> None:
        self._text = text

    def XMLDesc(self, _flags: int) -> str:
        return self._text


def test_a_host_that_offers_none_is_asked_nothing() -> None:
    library = Library(GPU)
    assert HostMdevs(library, ()).parents() == ()  # type: ignore[arg-type]
    assert library.asked == []


def test_guests_are_asked_about_only_where_something_was_cut() -> None:
    library = Library(GPU)
    [parent] = HostMdevs(library, [MdevOffer("nvidia-12")]).parents()  # type: ignore[arg-type]
    assert (parent.total, parent.devices) == (15, ())
    assert library.asked == ["list mediated devices"]
    library = Library(GPU, CUT)
    [parent] = HostMdevs(library, [MdevOffer("nvidia-12")]).parents()  # type: ignore[arg-type]
    assert (parent.total, parent.devices) == (16, (Mdev(ONE),))
    assert library.asked == ["list mediated devices", "list who has them"]


def test_what_is_absent_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    mdevs = HostMdevs(Library(GPU), [MdevOffer("nvidia-99")])  # type: ignore[arg-type]
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert mdevs.parents() == ()
    [record] = [one for one in caplog.records if one.name == reading.__name__]
    assert "type nvidia-99 is known to no device of this host" in record.getMessage()
