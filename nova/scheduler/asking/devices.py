"""Groups for ports, device profiles and PCI devices.

`RequestSpec.requested_resources` is a list of {'requester_id': the suffix,
'resources': {class: amount}, 'required', 'forbidden': [trait], 'in_tree',
'same_subtree': [suffixes], 'vnic_type'}, all but the first optional.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nova.clients.placement.contract import naming
from nova.scheduler import pci
from nova.scheduler.asking.draft import Draft
from nova.scheduler.request import Request
from nova.virt.pci.wishes import group_of


def add(request: Request, drafts: dict[str, Draft], pci_groups: Mapping[str, Draft]) -> None:
    for entry in request.spec.requested_resources or ():
        if entry.get("resources") or entry.get("required"):
            drafts[str(entry["requester_id"])] = _draft(entry)
    drafts.update(pci_groups)


def subtrees(entries: Iterable[Mapping[str, Any]] | None) -> tuple[frozenset[str], ...]:
    found = {frozenset(entry["same_subtree"]) for entry in entries or ()
             if entry.get("same_subtree")}
    return tuple(sorted(found, key=sorted))


def _draft(entry: Mapping[str, Any]) -> Draft:
    return Draft(
        resources=dict(entry.get("resources") or {}),
        required=set(entry.get("required") or ()),
        forbidden=set(entry.get("forbidden") or ()),
        in_tree=entry.get("in_tree"),
    )


def aliases(settings: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """{alias: its specs} of [pci]alias; several lines of one name are alternatives."""
    found: dict[str, list[dict[str, Any]]] = {}
    for setting in settings:
        spec = json.loads(setting)
        found.setdefault(spec["name"], []).append(spec)
    return found


def pci_groups(request: Request, known: pci.Aliases) -> dict[str, Draft]:
    """A group for each device a flavor asks for.

    The suffix is made of the alias and the device's number: the host makes the same one to
    find its provider.
    """
    groups: dict[str, Draft] = {}
    numbers: Counter[str] = Counter()
    for alias, count in pci.named(request.extra_specs):
        if alias not in known:
            raise pci.UnknownAlias(alias=alias)
        for _ in range(count):
            groups[f"{group_of(alias)}-{numbers[alias]}"] = _device(known[alias][0])
            numbers[alias] += 1
    return groups


def _device(spec: Mapping[str, Any]) -> Draft:
    named = spec.get("resource_class") or f"pci_{spec.get('vendor_id')}_{spec.get('product_id')}"
    listed = spec.get("traits") or ()
    traits = (one.strip() for one in (listed.split(",") if isinstance(listed, str) else listed))
    return Draft(resources={naming.resource_class(str(named)): 1},
                 required={naming.trait(one) for one in traits if one})
