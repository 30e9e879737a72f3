"""Image properties: their names, and what values they take."""

import csv
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from oslo_utils import strutils, uuidutils

_NUMBERED = re.compile(r"(hw_numa_(cpus|mem)\.\d+|trait:\w+)")
_MATCHES: Mapping[str, Callable[[str], Any]] = {
    "int": lambda value: re.fullmatch(r"-?\d+", value),
    "bool(flexible)": lambda value: strutils.is_valid_boolstr(value),
    "uuid": uuidutils.is_uuid_like,
    "list[int]": lambda value: re.fullmatch(r"\d+(,\d+)*", value),
    "version-predicate": lambda value: re.fullmatch(r"\s*(<=|>=|<|>|==|!=)?\s*[\d.]+.*", value),
}


@cache
def _table() -> Mapping[str, tuple[str, frozenset[str]]]:
    """{property: (type, values it may have)}"""
    text = files("nova.cmd.manage").joinpath("image_properties.csv").read_text()
    return {
        row["name"]: (row["type"], frozenset(filter(None, row["allowed"].split("|"))))
        for row in csv.DictReader(text.splitlines())
    }


def is_known(name: str) -> bool:
    return name in _table() or _NUMBERED.fullmatch(name) is not None


def is_fitting(name: str, value: str) -> bool:
    """Whether the property may have this value; of a known one."""
    kind, allowed = _table().get(name, ("str", frozenset()))
    if allowed:
        return value in allowed
    match = _MATCHES.get(kind)
    return match is None or bool(match(value))
