"""Each extra spec and image property of the contract has a place, in doc/guest_shape.csv."""

import csv
import fnmatch
from pathlib import Path

import pytest

from nova.resources.flavors.known_specs import KNOWN as SPECS
from nova.servers.steps.image_properties import FORMER
from nova.servers.steps.image_properties import KNOWN as PROPERTIES

ROOT = Path(__file__).parents[3]
CONTRACT = ROOT / "tests" / "api" / "contract"


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


TABLE = read(ROOT / "doc" / "guest_shape.csv")
EXTRA_SPECS = sorted({row["key_pattern"] for row in read(CONTRACT / "extra_specs.csv")})
IMAGE_ROWS = read(CONTRACT / "image_properties.csv")


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
    known = EXTRA_SPECS if row["kind"] == "spec" else [one["property"] for one in IMAGE_ROWS]
    assert any(key == row["key"] or fnmatch.fnmatchcase(key, row["key"]) for key in known)


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
