"""Which mediated devices a server gets, and how its record keeps them."""

import pytest

from nova.virt.contract.mdev import ClaimedMdev, Mdev, MdevParent
from nova.virt.mdev.choice import asked_classes, choose
from nova.virt.mdev.kept import mdevs_from, mdevs_to

GUEST = "11111111-1111-4111-8111-111111111111"


def parent(total: int, *devices: Mdev) -> MdevParent:
    return MdevParent("pci_1", "x", "VGPU", total, devices)


def held(*uuids: str, where: str = "pci_1") -> list[ClaimedMdev]:
    return [ClaimedMdev(one, "x", where) for one in uuids]


def test_what_exists_and_nobody_has_comes_first() -> None:
    device = parent(4, Mdev("a"), Mdev("b", "other"), Mdev("c", GUEST), Mdev("d"))
    chosen = choose(device, 2, held("a"), GUEST)
    assert chosen is not None
    assert [one.uuid for one in chosen] == ["c", "d"]


def test_the_rest_is_new() -> None:
    chosen = choose(parent(3, Mdev("a")), 3, [], GUEST)
    assert chosen is not None
    assert len({one.uuid for one in chosen}) == 3
    assert chosen[0].uuid == "a"
    assert {(one.type, one.parent) for one in chosen} == {("x", "pci_1")}


@pytest.mark.parametrize(("device", "taken"), [
    (parent(1, Mdev("a")), held("a")),
    (parent(1, Mdev("a", "other")), []),
    # What the host forgot since it started anew is somebody's still.
    (parent(2), held("a", "b")),
    (parent(1), held("a", where="pci_1")),
    (parent(0), []),
])
def test_no_room(device: MdevParent, taken: list[ClaimedMdev]) -> None:
    assert choose(device, 1, taken, GUEST) is None


def test_what_others_have_of_other_devices_does_not_count() -> None:
    assert choose(parent(1), 1, held("a", where="pci_2"), GUEST)


def test_what_a_record_keeps() -> None:
    devices = tuple(ClaimedMdev(f"u{n}", "nvidia-35", "pci_0000_84_00_0") for n in range(12))
    lines = mdevs_to(devices, {})
    assert max(len(line) for line in lines.values()) < 255
    assert mdevs_from({**lines, "image_os_type": "linux"}) == devices
    fewer = mdevs_to(devices[:1], lines)
    assert mdevs_from({**lines, **fewer}) == devices[:1]
    assert mdevs_to((), {"image_os_type": "linux"}) == {}


def test_classes_that_a_flavor_names() -> None:
    specs = {"resources:VGPU": "1", "resources2:CUSTOM_Y": "0", "resources_NET:CUSTOM_X": "2",
             "trait:VGPU": "required", "hw:cpu_policy": "shared"}
    assert asked_classes(specs) == {"VGPU", "CUSTOM_X"}
