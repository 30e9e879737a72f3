"""Each wish of flavor, image and operator arrives in the definition of the guest."""

import pytest

from tests.unit.virt.libvirt.shapes import disks, machines, peripherals, processors
from tests.unit.virt.libvirt.shapes.shape import Shape, agrees, found

ALL = (*machines.SHAPES, *processors.SHAPES, *disks.SHAPES, *peripherals.SHAPES)


@pytest.mark.parametrize("shape", ALL, ids=lambda shape: shape.name)
def test_it_is_there(shape: Shape) -> None:
    wrong = {
        place: there
        for place, wanted in shape.wants.items()
        if not agrees(there := found(shape.definition, place), wanted)
    }
    assert wrong == {}


def test_each_has_a_name_of_its_own() -> None:
    assert len({shape.name for shape in ALL}) == len(ALL)
