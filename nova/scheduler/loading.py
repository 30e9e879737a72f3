"""Filters and weighers by the names operators write."""

import importlib
from collections.abc import Sequence
from typing import Any, TypeVar

from oslo_config import cfg

from nova.errors import ConfigurationFailure
from nova.scheduler.filters import FILTERS, BaseHostFilter, Filter
from nova.scheduler.weighers import WEIGHERS, BaseHostWeigher, Weigher

T = TypeVar("T")
ALL_FILTERS = "nova.scheduler.filters.all_filters"
ALL_WEIGHERS = "nova.scheduler.weights.all_weighers"
OWN = ("nova.scheduler.filters.", "nova.scheduler.weights.", "nova.scheduler.weighers.")


def enabled_filters(conf: cfg.ConfigOpts) -> tuple[Filter, ...]:
    """In the operator's order.  Raises ConfigurationFailure for an unknown name."""
    options = conf.filter_scheduler
    available = {
        kind.__name__: kind
        for path in options.available_filters
        for kind in _kinds(path, ALL_FILTERS, FILTERS)
    }
    return tuple(_made(_named(name, available), conf) for name in options.enabled_filters)


def binding_filters(conf: cfg.ConfigOpts) -> tuple[Filter, ...]:
    """Those that have a say whether an operator names them or not."""
    return tuple(kind(conf) for kind in FILTERS if kind.binding)


def weighers(conf: cfg.ConfigOpts) -> tuple[Weigher, ...]:
    kinds = {
        kind.__name__: kind
        for path in conf.filter_scheduler.weight_classes
        for kind in _kinds(path, ALL_WEIGHERS, WEIGHERS)
    }
    return tuple(_made(kind, conf) for kind in kinds.values())


def _made(kind: Any, conf: cfg.ConfigOpts) -> Any:
    """What operators bring along is made without arguments."""
    if not (isinstance(kind, type) and issubclass(kind, (BaseHostFilter, BaseHostWeigher))):
        return kind(conf)
    made: Any = kind()
    made.conf = conf
    return made


def _named(name: str, available: dict[str, type[T]]) -> type[T]:
    if name not in available:
        raise ConfigurationFailure(reason=f"Scheduler filter {name} could not be found.")
    return available[name]


def _kinds(path: str, all_of_them: str, own: Sequence[type[T]]) -> Sequence[type[T]]:
    """The classes a path stands for: all of ours, one of ours by any path, or any other class."""
    if path == all_of_them:
        return own
    name = path.rpartition(".")[2]
    ours = [kind for kind in own if kind.__name__ == name and path.startswith(OWN)]
    return ours or [_imported(path)]


def _imported(path: str) -> Any:
    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as missing:
        raise ConfigurationFailure(reason=f"{path} cannot be loaded: {missing}") from missing
