"""[compute]provider_config_location: what operators add to the providers of a host.

Files *.yaml of the form

    meta: {schema_version: '1.0'}
    providers:
      - identification: {uuid: $COMPUTE_NODE}          # or a uuid, or {name: ...}
        inventories: {additional: [{CUSTOM_THING: {total: 100}}]}
        traits: {additional: [CUSTOM_NICE]}
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from nova.clients.placement.contract import Inventory
from nova.core.formats import is_uuid
from nova.errors import ConfigurationFailure

LOG = logging.getLogger(__name__)

EVERY_NODE = "$COMPUTE_NODE"
CUSTOM = re.compile(r"^CUSTOM_[A-Z0-9_]{1,248}$")
VERSION = re.compile(r"^1\.(\d+)$")
NUMBERS: Mapping[str, Any] = {
    one.name: (int, float) if one.name == "allocation_ratio" else int
    for one in fields(Inventory)
}
LEAST: Mapping[str, int] = {"reserved": 0, "allocation_ratio": 0}


@dataclass(frozen=True)
class Addition:
    inventories: Mapping[str, Inventory] = field(default_factory=dict)
    traits: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Additions:
    """By what providers are named in the files: id, name, or EVERY_NODE."""

    by_name: Mapping[str, Addition] = field(default_factory=dict)

    def of(self, provider_id: str, name: str, *, is_node: bool) -> Addition:
        """What is said of this provider itself wins over what is said of every node."""
        for key in (provider_id, name, *((EVERY_NODE,) if is_node else ())):
            if key in self.by_name:
                return self.by_name[key]
        return Addition()


def read_additions(directory: str) -> Additions:
    """Raises ConfigurationFailure for a file that cannot be followed."""
    found: dict[str, Addition] = {}
    for path in sorted(Path(directory).glob("*.yaml")) if directory else ():
        for name, addition in _of_file(path):
            if name in found:
                raise _wrong(path, f"provider {name} is named more than once")
            found[name] = addition
    return Additions(found)


def _of_file(path: Path) -> Iterable[tuple[str, Addition]]:
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _wrong(path, str(error)) from None
    content = _mapping(path, content, "the file")
    version = VERSION.match(str(_mapping(path, content.get("meta"), "meta").get("schema_version")))
    if version is None:
        raise _wrong(path, "meta.schema_version is not 1.x")
    if int(version.group(1)) > 0:
        LOG.warning("%s is of a later schema; what is new in it is not seen", path)
    for one in _list(path, content.get("providers"), "providers"):
        yield _provider(path, _mapping(path, one, "a provider"))


def _provider(path: Path, one: Mapping[str, Any]) -> tuple[str, Addition]:
    identity = _mapping(path, one.get("identification"), "identification")
    if len(identity) != 1 or not set(identity) <= {"uuid", "name"}:
        raise _wrong(path, "identification takes either uuid or name")
    ((kind, name),) = identity.items()
    if kind == "uuid" and name != EVERY_NODE and not is_uuid(str(name)):
        raise _wrong(path, f"{name} is no uuid, nor {EVERY_NODE}")
    return str(name), Addition(_inventories(path, one), _traits(path, one))


def _inventories(path: Path, one: Mapping[str, Any]) -> dict[str, Inventory]:
    found = {}
    for entry in _additional(path, one, "inventories"):
        for name, said in _mapping(path, entry, "an inventory").items():
            if not CUSTOM.match(str(name)) or name in found:
                raise _wrong(path, f"{name} is no resource class of your own, or is there twice")
            found[str(name)] = _inventory(path, name, _mapping(path, said, name))
    return found


def _inventory(path: Path, name: str, said: Mapping[str, Any]) -> Inventory:
    if "total" not in said or not set(said) <= set(NUMBERS):
        raise _wrong(path, f"{name} takes total and of {', '.join(NUMBERS)} what is wanted")
    for key, value in said.items():
        if isinstance(value, bool) or not isinstance(value, NUMBERS[key]):
            raise _wrong(path, f"{name} has a {key} that is no such number")
        if value < LEAST.get(key, 1):
            raise _wrong(path, f"{name} has a {key} below {LEAST.get(key, 1)}")
    return Inventory(**{"max_unit": said["total"], **said})


def _traits(path: Path, one: Mapping[str, Any]) -> frozenset[str]:
    names = [str(name) for name in _additional(path, one, "traits")]
    for name in names:
        if not CUSTOM.match(name):
            raise _wrong(path, f"{name} is no trait of your own")
    return frozenset(names)


def _additional(path: Path, one: Mapping[str, Any], part: str) -> list[Any]:
    if one.get(part) is None:
        return []
    return _list(path, _mapping(path, one[part], part).get("additional"), f"{part}.additional")


def _checked(kind: type) -> Callable[[Path, Any, str], Any]:
    def check(path: Path, value: Any, what: str) -> Any:
        if not isinstance(value, kind):
            raise _wrong(path, f"{what} is no {kind.__name__}")
        return value

    return check


_mapping, _list = _checked(dict), _checked(list)


def _wrong(path: Path, reason: str) -> ConfigurationFailure:
    return ConfigurationFailure(reason=f"provider configuration {path}: {reason}")
