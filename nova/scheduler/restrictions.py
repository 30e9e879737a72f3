"""Hosts that a request names, or rules out, before any filter is asked."""

from collections.abc import Iterable

from nova.scheduler.filters import Check, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request
from nova.scheduler.sifting import Test


def restrictions(request: Request) -> list[Test]:
    """A test of each that the request makes.  Host names compare without case."""
    spec = request.spec
    made = (
        ("ignore_hosts", _none_of(spec.ignore_hosts)),
        ("force_hosts", _one_of(spec.force_hosts, "host")),
        ("force_nodes", _one_of(spec.force_nodes, "nodename")),
        ("requested_host", _one_of(_listed(spec.requested_host), "host")),
        ("requested_node", _one_of(_listed(spec.requested_node), "nodename")),
        ("limit_cell", _in_cell(spec.limit_cell)),
    )
    return [Test(name, check) for name, check in made if check is not None]


def names_a_host(request: Request) -> bool:
    spec = request.spec
    return bool(
        spec.force_hosts or spec.force_nodes or spec.requested_host or spec.requested_node
    )


def _listed(value: str | None) -> list[str]:
    return [value] if value else []


def _lower(names: Iterable[str] | None) -> frozenset[str]:
    return frozenset(name.lower() for name in names or ())


def _none_of(names: Iterable[str] | None) -> Check | None:
    ignored = _lower(names)
    refused = Refusal("it is to be left out")
    return (lambda host: refused if host.host.lower() in ignored else None) if ignored else None


def _one_of(names: Iterable[str] | None, attribute: str) -> Check | None:
    wanted = _lower(names)
    if not wanted:
        return None
    refused = Refusal(f"another {attribute} is asked for", ", ".join(sorted(wanted)))

    def check(host: HostState) -> Refusal | None:
        return None if str(getattr(host, attribute)).lower() in wanted else refused

    return check


def _in_cell(cell: str | None) -> Check | None:
    refused = Refusal("it is in another cell", cell)
    return (lambda host: None if host.cell_uuid == cell else refused) if cell else None
