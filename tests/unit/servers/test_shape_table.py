"""Each extra spec, image property and part of a definition of the contract has a place and a
test, in doc/guest_shape.csv.

`seen` says which: "shapes" (one of tests/unit/virt/libvirt/shapes asks for it, or it is among
those that are refused), "wants PLACE" (one of them looks at that place of the definition), "no
effect" (the definition is the same with it), or a file of tests that speaks of it.
"""

import csv
import fnmatch
import functools
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from nova.resources.flavors.known_specs import KNOWN as SPECS
from nova.servers.steps.image_properties import FORMER
from nova.servers.steps.image_properties import KNOWN as PROPERTIES
from tests.unit.virt.libvirt.shapes.shape import Shape
from tests.unit.virt.libvirt.test_shapes import ALL, REFUSED

ROOT = Path(__file__).parents[3]
CONTRACT = ROOT / "tests" / "api" / "contract"


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


TABLE = read(ROOT / "doc" / "guest_shape.csv")
EXTRA_SPECS = sorted({row["key_pattern"] for row in read(CONTRACT / "extra_specs.csv")})
IMAGE_ROWS = read(CONTRACT / "image_properties.csv")
PARTS = [f"{row['area']}: {row['xml_feature']}" for row in read(CONTRACT / "libvirt.csv")]
KEYS = {
    "spec": EXTRA_SPECS, "image": [row["property"] for row in IMAGE_ROWS], "libvirt": PARTS,
}  # fmt: skip
ASKED = frozenset[str]().union(
    *(shape.keys for shape in ALL), *({*specs, *properties} for specs, properties in REFUSED)
)
LOOKED_AT = frozenset(place for shape in ALL for place in shape.wants)


def places(kind: str, key: str) -> list[dict[str, str]]:
    return [row for row in TABLE if row["kind"] == kind
            and (row["key"] == key or fnmatch.fnmatchcase(key, row["key"]))]


@pytest.mark.parametrize("key", EXTRA_SPECS)
def test_an_extra_spec_has_its_place(key: str) -> None:
    assert places("spec", key), f"{key} is not in doc/guest_shape.csv"


@pytest.mark.parametrize("row", IMAGE_ROWS, ids=lambda row: row["property"])
def test_an_image_property_has_its_place(row: dict[str, str]) -> None:
    assert places("image", row["property"]), f"{row['property']} is not in doc/guest_shape.csv"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['kind']} {row['key']}")
def test_the_place_is_true(row: dict[str, str]) -> None:
    """The file is there and speaks of it, and the contract knows the row."""
    assert row["word"] in (ROOT / row["where"]).read_text()
    known = KEYS[row["kind"]]
    assert any(key == row["key"] or fnmatch.fnmatchcase(key, row["key"]) for key in known)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_the_definition_has_its_place(part: str) -> None:
    assert [row for row in TABLE if row["kind"] == "libvirt" and row["key"] == part]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['kind']} {row['key']}")
def test_a_test_sees_it(row: dict[str, str]) -> None:
    seen = row["seen"]
    if seen == "shapes":
        assert fnmatch.filter(ASKED, _pattern(row)), "no shape asks for it"
    elif seen == "no effect":
        assert _definition(row["key"]) == _definition()
    elif seen.startswith("wants "):
        place = seen.removeprefix("wants ")
        assert any(looked.startswith(place) for looked in LOOKED_AT), "no shape looks there"
    else:
        assert seen.startswith("tests/")
        assert row["word"] in (ROOT / seen).read_text()


def _pattern(row: dict[str, str]) -> str:
    """Of names that stand for the row; those that are read by number stand for the whole."""
    numbered = f"{row['word']}*" if row["key"] in ("hw_numa_cpus", "hw_numa_mem") else row["key"]
    if row["kind"] == "libvirt":
        numbered = row["word"]
    return re.sub(r"<\w+>|\{\w+\}", "*", numbered)


@functools.cache
def _definition(key: str | None = None) -> str:
    """Of a guest that has this spec or property, without the description of what it has."""
    allowed = {row["key_pattern"]: row["allowed"] for row in read(CONTRACT / "extra_specs.csv")}
    allowed |= {row["property"]: row["allowed"] for row in IMAGE_ROWS}
    words = allowed.get(key or "", "").split("|")
    value = words[0] if words[0] and " " not in words[0] else "1"
    specs = {key: value} if key in EXTRA_SPECS else {}
    shape = Shape("plain", {}, specs, {key: value} if key and not specs else {})
    root = ET.fromstring(shape.text())
    described = root.find("metadata")
    assert described is not None
    root.remove(described)
    return ET.tostring(root, encoding="unicode")


@pytest.mark.parametrize("row", IMAGE_ROWS, ids=lambda row: row["property"])
def test_values_and_former_names_are_the_contracts(row: dict[str, str]) -> None:
    name = row["property"]
    if name not in PROPERTIES:
        assert not name.startswith(("hw_", "img_", "os_")) or "." in name
        return
    kind, allowed = PROPERTIES[name]
    if row["type"] == "enum":
        assert (kind, set(allowed)) == ("choice", set(row["allowed"].split("|")))
    former = {old for old, new in FORMER.items() if new == name}
    said = row["legacy_name"].split(" ")[0]
    assert former == ({said} if said and said != "vmware_adaptertype" else set())


def test_no_property_is_invented() -> None:
    assert set(PROPERTIES) <= {row["property"] for row in IMAGE_ROWS}


def test_words_of_extra_specs_are_the_contracts() -> None:
    known = {key: allowed for key, kind, allowed in SPECS if kind == "choice"}
    told = {row["key_pattern"]: row["allowed"] for row in read(CONTRACT / "extra_specs.csv")}
    assert {key: set(words) for key, words in known.items()} == {
        key: set(told[key].split("|")) for key in known}
