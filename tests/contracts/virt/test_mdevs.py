"""Mediated devices: what the fake host tells of its cards, the hypervisor's library tells of
the same ones; and what is to be there is made where it is not."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nova.conf import new_config
from nova.core.clock import RealClock
from nova.virt.contract.errors import HypervisorError
from nova.virt.contract.mdev import ClaimedMdev, Mdev, MdevParent
from nova.virt.fake.guest import FakeGuest
from nova.virt.fake.hardware import gpus_of
from nova.virt.fake.hypervisor import FakeHypervisor, Size
from nova.virt.fake.mdevs import FakeMdevs
from nova.virt.mdev.offers import MdevOffer
from tests.contracts.virt import gpu_documents

GPUS = tuple(gpus_of(["nvidia-35:4:nvidia-36:2", "nvidia-35:4:nvidia-36:2", "i915-GVTg_V5_4:1"]))
FIRST, SECOND, THIRD = (gpu.name for gpu in GPUS)
ONE, TWO, THREE = (f"4b20d080-1b54-4048-85b3-a6a62d165c0{n}" for n in (1, 2, 3))
GUEST = "11111111-1111-4111-8111-111111111111"
CUT = {ONE: (FIRST, "nvidia-35"), TWO: (FIRST, "nvidia-35"), THREE: (SECOND, "nvidia-36")}
HELD = {GUEST: TWO}


def define(text: str, connection: Any) -> None:
    connection.defineXML(text)


class FakeHost:
    def __init__(self, offers: tuple[MdevOffer, ...]) -> None:
        self._offers = offers
        self.hypervisor = FakeHypervisor(RealClock(), size=Size(gpus=GPUS))
        self.hypervisor.mdevs |= CUT
        for guest, mdev in HELD.items():
            self.hypervisor.put(FakeGuest(
                guest, "instance-1", "fake-mini", 1, 64, 1, None, mdevs=(mdev,), defined=True))
        self._mdevs = FakeMdevs(self.hypervisor)

    def parents(self) -> tuple[MdevParent, ...]:
        return self._mdevs.parents(self._offers)

    def ensure(self, *wanted: ClaimedMdev) -> None:
        self._mdevs.ensure(GUEST, wanted)

    def made(self) -> dict[str, tuple[str, str]]:
        return {uuid: what for uuid, what in self.hypervisor.mdevs.items() if uuid not in CUT}


class LibvirtHost:
    """Its library on cards that are only described; this process makes the devices."""

    def __init__(self, offers: tuple[MdevOffer, ...], directory: Path) -> None:
        import libvirt

        from nova.virt.libvirt.connection import Connection
        from nova.virt.libvirt.mdev.making import MdevMaker
        from nova.virt.libvirt.mdev.reading import HostMdevs
        from nova.virt.libvirt.native import native_of

        uri = gpu_documents.host(directory / "host.xml", GPUS, CUT)
        conf = new_config()
        conf([])

        class Described(Connection):
            """To a hypervisor that is not running anywhere, so that it cannot be lost."""

            def _open(self) -> libvirt.virConnect:
                return libvirt.open(uri)

            def _drop(self) -> None:
                """There is nobody else."""

        self._connection = Described(uri, RealClock(), native_of(conf))
        for guest, mdev in HELD.items():
            text = gpu_documents.GUEST.format(
                name="instance-1", uuid=guest, mdev=mdev, metadata=gpu_documents.OURS)
            self._connection.call("define", partial(define, text))
        self._bus = directory / "mdev_bus"
        for gpu in GPUS:
            for kind, _count in gpu.types:
                (self._bus / gpu.address / "mdev_supported_types" / kind).mkdir(parents=True)
        self._mdevs = HostMdevs(self._connection, offers)
        # What is only described cannot be cut by the hypervisor.
        self._maker = MdevMaker(self._connection, self._bus, lambda _mdev, _connection: False)
        self.parents = self._mdevs.parents

    def ensure(self, *wanted: ClaimedMdev) -> None:
        self._maker.ensure(wanted)

    def made(self) -> dict[str, tuple[str, str]]:
        names = {gpu.address: gpu.name for gpu in GPUS}
        return {
            path.read_text(): (names[path.parts[-4]], path.parts[-2])
            for path in self._bus.glob("*/*/*/create")
        }

@pytest.fixture(params=["fake", "libvirt"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Any]:
    def make(*offers: MdevOffer) -> Any:
        if request.param == "fake":
            return FakeHost(offers)
        pytest.importorskip("libvirt")
        return LibvirtHost(offers, tmp_path)

    return make


def of(gpu: int) -> frozenset[str]:
    return frozenset({GPUS[gpu].address})


def test_one_type_of_all_cards_that_know_it(host: Any) -> None:
    assert list(host(MdevOffer("nvidia-35")).parents()) == [
        MdevParent(FIRST, "nvidia-35", "VGPU", 4, (Mdev(ONE), Mdev(TWO, GUEST))),
        # Cut in another way already.
        MdevParent(SECOND, "nvidia-35", "VGPU", 0),
    ]


def test_a_type_for_each_card(host: Any) -> None:
    offers = (MdevOffer("nvidia-35", "VGPU", of(0), 3), MdevOffer("nvidia-36", "VGPU", of(1)),
              MdevOffer("i915-GVTg_V5_4", "CUSTOM_SMALL_GPU", of(2)))
    assert list(host(*offers).parents()) == [
        MdevParent(FIRST, "nvidia-35", "VGPU", 3, (Mdev(ONE), Mdev(TWO, GUEST))),
        MdevParent(SECOND, "nvidia-36", "VGPU", 2, (Mdev(THREE),)),
        MdevParent(THIRD, "i915-GVTg_V5_4", "CUSTOM_SMALL_GPU", 1),
    ]


def test_nothing_is_told_that_nobody_offers(host: Any) -> None:
    assert host().parents() == ()


def test_a_type_that_no_card_knows(host: Any) -> None:
    assert host(MdevOffer("nvidia-99")).parents() == ()


NEW = "9e6e5a0c-6d6f-4f2e-9f43-8e6d2f8a0b11"


def test_what_is_there_is_not_made(host: Any) -> None:
    there = host(MdevOffer("nvidia-35"))
    there.ensure(ClaimedMdev(TWO, "nvidia-35", FIRST), ClaimedMdev(ONE, "nvidia-35", FIRST))
    assert there.made() == {}


def test_what_is_not_there_is_made_with_its_id_where_it_was(host: Any) -> None:
    there = host(MdevOffer("nvidia-35"))
    there.ensure(ClaimedMdev(NEW, "nvidia-35", FIRST))
    assert there.made() == {NEW: (FIRST, "nvidia-35")}


@pytest.mark.parametrize("wanted", [
    ClaimedMdev(ONE, "nvidia-36", FIRST), ClaimedMdev(ONE, "nvidia-35", SECOND),
    ClaimedMdev(NEW, "nvidia-35", "pci_0000_99_00_0"), ClaimedMdev(NEW, "nvidia-99", FIRST),
])
def test_what_cannot_be_made(host: Any, wanted: ClaimedMdev) -> None:
    there = host(MdevOffer("nvidia-35"))
    with pytest.raises(HypervisorError):
        there.ensure(wanted)
    assert there.made() == {}
