"""An option that is read is declared."""

import ast
from collections.abc import Callable, Iterator
from functools import cache

from oslo_config import cfg

from nova.conf import new_config
from nova.conf.libraries import LIBRARIES
from nova.placement import conf as placement_conf
from tools.house.source import Complaint, Source

# What libraries or drivers register themselves.
FOREIGN = frozenset({"transport_url", "config_file", "config_dir"}).union(
    *(library.groups for library in LIBRARIES)
)
# Placement is a service of its own, with a file of its own.
_PLACEMENT = (
    "nova/placement",
    "nova/cmd/placement_api.py",
    "nova/cmd/placement_manage.py",
    "nova/cmd/placement_status.py",
)
_OWN_NAMES = frozenset({"conf", "_conf"})


def look(source: Source) -> Iterator[Complaint]:
    # Commands of nova-manage are arguments, which look like options.
    if source.under("nova/conf", "nova/cmd/manage"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute):
            yield from _judge(source, node)


def _judge(source: Source, node: ast.Attribute) -> Iterator[Complaint]:
    path = _option_path(node)
    if path is None:
        return
    group, *rest = path
    if group in FOREIGN or group.startswith("_") or hasattr(cfg.ConfigOpts, group):
        return
    placement = source.under(*_PLACEMENT)
    declared = _declared(placement_conf.new_config if placement else new_config)
    if group not in declared and group not in declared["DEFAULT"]:
        yield source.complain(node, f"conf.{group} is neither a group nor an option")
    elif rest and group in declared and rest[0] not in declared[group]:
        yield source.complain(node, f"[{group}]{rest[0]} is not declared in nova.conf")


def _option_path(node: ast.Attribute) -> list[str] | None:
    """`conf.quota.cores` -> ["quota", "cores"]; None when it is no option."""
    names = [node.attr]
    value = node.value
    while isinstance(value, ast.Attribute):
        if value.attr in _OWN_NAMES:
            return names
        names.insert(0, value.attr)
        value = value.value
    return names if isinstance(value, ast.Name) and value.id in _OWN_NAMES else None


@cache
def _declared(make: Callable[[], cfg.ConfigOpts]) -> dict[str, frozenset[str]]:
    """Names of the options in each group, those of keystoneauth and oslo.log included."""
    conf = make()
    groups = {name for name in conf if isinstance(conf[name], cfg.ConfigOpts.GroupAttr)}
    declared = {group: frozenset(conf[group]) for group in groups}
    return {**declared, "DEFAULT": frozenset(conf) - groups}
