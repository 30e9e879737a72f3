"""The hypervisor takes every definition that the tests of units have, and remembers of it what
they want to see.  None of these guests runs."""

import itertools
import uuid
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.unit.virt.libvirt.shapes.shape import Shape, agrees, found
from tests.unit.virt.libvirt.test_shapes import ALL

from .conftest import Hypervisor

NUMBERS = itertools.count()
SAID_OTHERWISE = frozenset({
    "name", "os/type@machine", "features/tcg/tb-cache", "features/tcg/tb-cache@unit",
})
"""What the hypervisor says more exactly, or the test changes."""
NOT_EVERYWHERE = {
    "sound virtio": "COMPUTE_SOUND_MODEL_VIRTIO",
    "a CD on an ARM machine": "COMPUTE_ARCH_AARCH64",
}
"""Shapes for hosts with a trait."""
NEWER = {
    "pages that nobody moves": 10_005_000,
    "pages that nobody moves, of a kernel": 10_005_000,
    "a trust domain": 11_006_000,
}
"""Since which version of the library its schema knows them."""
NO_HELP = ("kvm", "emulator", "not supported with this qemu binary")


@pytest.fixture(scope="module")
def connection(hypervisor: Hypervisor) -> Iterator[Any]:
    import libvirt

    made = libvirt.open(hypervisor.uri)
    yield made
    made.close()


@pytest.fixture(scope="module")
def traits(hypervisor: Hypervisor) -> frozenset[str]:
    inventory = hypervisor.driver.inventory
    return inventory.facts(inventory.nodes()[0]).traits


@pytest.mark.parametrize("shape", [s for s in ALL if s.emulated], ids=lambda shape: shape.name)
def test_the_hypervisor_keeps_it(connection: Any, traits: frozenset[str], shape: Shape) -> None:
    if shape.name in NOT_EVERYWHERE and NOT_EVERYWHERE[shape.name] not in traits:
        pytest.skip(f"this host has no {NOT_EVERYWHERE[shape.name]}")
    kept = defined(connection, shape)
    lost = {
        place: there
        for place, wanted in shape.wants.items()
        if isinstance(wanted, str)
        and place not in SAID_OTHERWISE
        and not agrees(there := found(kept, place), wanted)
    }
    assert lost == {}


@pytest.mark.parametrize("shape", [s for s in ALL if not s.emulated], ids=lambda shape: shape.name)
def test_it_is_of_the_hypervisors_schema(connection: Any, shape: Shape) -> None:
    """Also where there is no hardware help, without which it goes no further."""
    import libvirt

    if NEWER.get(shape.name, 0) > connection.getLibVersion():
        pytest.skip("this hypervisor is too old")
    try:
        defined(connection, shape)
    except libvirt.libvirtError as error:
        assert error.get_error_code() != libvirt.VIR_ERR_XML_INVALID_SCHEMA, error
        assert any(word in str(error).lower() for word in NO_HELP), error


def defined(connection: Any, shape: Shape) -> ET.Element:
    import libvirt

    made = connection.defineXMLFlags(own(shape.text()), libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
    try:
        return ET.fromstring(made.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
    finally:
        made.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM)


def own(text: str) -> str:
    """With a name, an id and ports that no other guest has."""
    root = ET.fromstring(text)
    fresh = str(uuid.uuid4())
    for element in root.iter():
        if element.tag in ("uuid", "entry") and element.get("name", "uuid") == "uuid":
            element.text = fresh
    for source in root.findall("devices/serial[@type='tcp']/source"):
        source.set("service", "10000")
    named = root.find("name")
    assert named is not None
    named.text = f"shape-{next(NUMBERS)}"
    return ET.tostring(root, encoding="unicode")
