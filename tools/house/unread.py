"""An option that is declared is read, or it is written down why not.

What counts as reading `[group]name`: `conf.group.name` anywhere; or, in a module that speaks
of `conf.group` or "group", or is named here as one that reads the group, any mention of the
name as an attribute, a string, a keyword or a field.  Options of DEFAULT are read as
`conf.name` or by a string.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from oslo_config import cfg

from nova.conf import new_config
from tools.house.source import Complaint, Source

_SERVICES = frozenset({
    "cinder", "glance", "ironic", "keystone", "neutron", "placement", "service_user",
    "vendordata_dynamic_auth",
})  # fmt: skip
# Files, or folders of them, that read groups under another name.
ELSEWHERE = {
    "nova/db/opening.py": frozenset({"database", "api_database"}),
    "nova/clients/login.py": _SERVICES,
    "nova/clients/patience.py": _SERVICES,
    "nova/scheduler/weighers": frozenset({"filter_scheduler"}),
}
REASONS = Path(__file__).with_name("unread_options.txt")
EVERY = "*"
_CONF = ("conf", "_conf")
Name = tuple[str, str]


@dataclass
class _Mentions:
    """Of one file; `groups` are those that it reads whole."""

    groups: frozenset[str] = frozenset()
    chains: set[tuple[str, ...]] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    strings: set[str] = field(default_factory=set)


def unread(sources: Iterable[Source]) -> set[Name]:
    """Options that nothing reads, as (group, name)."""
    seen = [_mentions(source) for source in sources if not source.under("nova/conf")]
    return {name for name in declared(new_config()) if not any(_reads(one, name) for one in seen)}


def declared(conf: cfg.ConfigOpts) -> Iterator[Name]:
    for name in conf:
        value = conf[name]
        if isinstance(value, cfg.ConfigOpts.GroupAttr):
            yield from ((name, option) for option in value)
        else:
            yield "DEFAULT", name


def complaints(root: Path, sources: Iterable[Source]) -> Iterator[Complaint]:
    """Options without a reader and a reason, and reasons that nothing needs any more."""
    found, told = unread(sources), reasons()
    needed: set[Name] = set()
    for group, name in sorted(found):
        why = next((key for key in ((group, name), (group, EVERY), (EVERY, name)) if key in told),
                   None)  # fmt: skip
        if why is None:
            yield Complaint("nova/conf", 1, f"[{group}]{name} is declared and nothing reads it")
        else:
            needed.add(why)
    place = str(REASONS.relative_to(root)) if REASONS.is_relative_to(root) else REASONS.name
    for group, name in sorted(set(told) - needed):
        yield Complaint(place, 1, f"[{group}]{name} is read by now, or is no option")


def reasons() -> dict[Name, str]:
    """Lines of `group name: reason`; `*` is every group, or every option of one."""
    told: dict[Name, str] = {}
    for line in REASONS.read_text().splitlines():
        names, _, reason = line.partition(": ")
        if line.strip() and not line.startswith("#"):
            group, *members = names.split()
            told |= {(group, member): reason.strip() for member in members}
    return told


def _reads(one: _Mentions, name: Name) -> bool:
    group, option = name
    if group == "DEFAULT":
        return (option,) in one.chains or option in one.strings
    if (group, option) in one.chains:
        return True
    spoken_of = group in one.groups or (group,) in one.chains or group in one.strings
    return spoken_of and (option in one.words or option in one.strings)


def _mentions(source: Source) -> _Mentions:
    groups = [found for place, found in ELSEWHERE.items() if source.under(place)]
    found = _Mentions(frozenset().union(*groups))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute):
            found.words.add(node.attr)
            found.chains |= _chains(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.strings.add(node.value)
        elif isinstance(node, ast.keyword) and node.arg:
            found.words.add(node.arg)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.words.add(node.target.id)
    return found


def _chains(node: ast.Attribute) -> set[tuple[str, ...]]:
    """`x.conf.quota.cores` -> {("quota", "cores"), ("quota",)} beneath its own attribute."""
    names: list[str] = []
    value: ast.expr = node
    while isinstance(value, ast.Attribute) and value.attr not in _CONF:
        names.insert(0, value.attr)
        value = value.value
    last = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
    return {tuple(names[:1]), tuple(names[:2])} if last in _CONF and names else set()
