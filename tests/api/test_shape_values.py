"""A wrong value of any extra spec or image property that has a form is a clear 400."""

import csv
from pathlib import Path

import pytest

from nova.clients.image.contract import ImageMeta
from tests.api.world import World

CONTRACT = Path(__file__).parent / "contract"
Row = dict[str, str]
FILLED = {"{num}": "0", "{group}": "1", "{resource}": "GOLD", "{TRAIT}": "HW_CPU_X86_AVX2"}
WRONG_OF_KIND = {"int": "many", "bool": "perhaps", "enum": "nonsense", "uuid": "no-uuid"}


def rows(name: str) -> list[Row]:
    with (CONTRACT / name).open(newline="") as file:
        return list(csv.DictReader(file))


def filled(key: str) -> str:
    for place, word in FILLED.items():
        key = key.replace(place, word)
    return key


def wrong_specs(row: Row) -> list[str]:
    """One for its form, and one beyond each of its bounds."""
    allowed = row["allowed"]
    if row["type"] == "str":
        return ["!?"] if allowed else []
    bounds = dict(part.split() for part in allowed.split(";") if part)
    beyond = [str(int(bounds["min"]) - 1)] if "min" in bounds else []
    beyond += [str(int(bounds["max"]) + 1)] if "max" in bounds else []
    return [WRONG_OF_KIND[row["type"]], *beyond]


SPECS = [
    (filled(row["key_pattern"]), value)
    for row in rows("extra_specs.csv")
    if row["schema_validated_2.86"] == "yes"
    for value in wrong_specs(row)
]
PROPERTIES = [
    (row["property"], WRONG_OF_KIND[row["type"]])
    for row in rows("image_properties.csv")
    if row["type"] in WRONG_OF_KIND and "image field" not in row["property"]
    and not row["property"].endswith("_id") and "<" not in row["property"]
]  # fmt: skip
IMAGE = "20000000-0000-4000-8000-{:012d}"


@pytest.fixture(scope="module")
def world() -> World:
    made = World()
    made.add_host("host1")
    flavor = {"flavor": {"id": "1", "name": "f", "vcpus": 1, "ram": 512, "disk": 1}}
    assert made.ask("POST", "/flavors", who="admin", json=flavor).status_int == 200
    return made


@pytest.mark.parametrize(("key", "value"), SPECS)
def test_an_extra_spec(world: World, key: str, value: str) -> None:
    """Versions before 2.86 take it: what is wrong with it they do not know."""
    body, path = {"extra_specs": {key: value}}, "/flavors/1/os-extra_specs"
    reply = world.ask("POST", path, who="admin", json=body, version="2.86")
    assert reply.status_int == 400
    message = reply.json["badRequest"]["message"]
    assert message.startswith(f"Validation failed; '{value}' of extra spec '{key}' is not ")
    one = world.ask("PUT", f"{path}/{key}", who="admin", json={key: value}, version="2.86")
    assert one.status_int == 400
    assert key not in world.ask("GET", path, who="admin").json["extra_specs"]
    assert world.ask("POST", path, who="admin", json=body, version="2.85").status_int == 200
    assert world.ask("DELETE", f"{path}/{key}", who="admin").status_int == 200


@pytest.mark.parametrize(("name", "value"), PROPERTIES)
def test_a_property_of_an_image(world: World, name: str, value: str) -> None:
    image = IMAGE.format(PROPERTIES.index((name, value)))
    world.images.add(ImageMeta(
        id=image, name="odd", disk_format="raw", container_format="bare", visibility="public",
        properties={name: value}), b"odd")
    server = {"name": "odd", "flavorRef": "1", "imageRef": image, "networks": "none"}
    reply = world.ask("POST", "/servers", json={"server": server}, version="2.86")
    assert reply.status_int == 400
    assert reply.json["badRequest"]["message"] == (
        f"Invalid image metadata. Error: Field value {value} is invalid"
    )
