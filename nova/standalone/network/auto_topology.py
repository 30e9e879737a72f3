"""GET /v2.0/auto-allocated-topology/{project}: a network for who has none.

Every network here is routed by its host, so a network with a subnet is all it
takes; the subnet is the first one free of a pool kept for this.
"""

import ipaddress
from typing import Any

import sqlalchemy as sa

from nova.standalone.network import addresses
from nova.standalone.network import tables as t
from nova.standalone.network.attributes import NETWORK, SUBNET, for_create
from nova.standalone.network.errors import disallowed
from nova.standalone.network.networks import Networks
from nova.standalone.network.subnets import Subnets
from nova.standalone.network.work import Work, Workshop
from nova.standalone.storage import first
from nova.standalone.web.application import Call, Route
from nova.standalone.web.fault import conflict, not_found

POOL = ipaddress.IPv4Network("10.254.0.0/16")
PREFIX = 24
DRY_RUN = "dry-run"
NAME = "auto_allocated"


class AutoTopology:
    def __init__(self, networks: Networks, subnets: Subnets, workshop: Workshop) -> None:
        self._networks = networks
        self._subnets = subnets
        self._workshop = workshop

    def routes(self) -> tuple[Route, ...]:
        one = "/v2.0/auto-allocated-topology/{project}"
        return (Route("GET", one, self.get), Route("DELETE", one, self.delete, 204))

    def get(self, call: Call) -> dict[str, Any]:
        """The project's network, made when it has none yet; `dry-run` only tries."""
        project = _project(call)
        if DRY_RUN in call.query.getall("fields"):
            with self._workshop.look(call.caller) as work:
                _free_cidr(work)
            return _view("dry-run=pass", project)
        with self._workshop.change(call.caller) as work:
            known = _known(work, project)
            return _view(known or self._make(work, project), project)

    def delete(self, call: Call) -> None:
        project = _project(call)
        with self._workshop.change(call.caller) as work:
            network = _known(work, project)
            if network is None:
                raise not_found(
                    f"Auto allocated topology for project {project} could not be found.",
                    "AutoAllocatedTopologyNotFound",
                )
            query = sa.select(t.NETWORKS).where(t.NETWORKS.c.id == network)
            row = first(work.connection, query)
            if row is not None:
                self._networks.delete(work, row)

    def _make(self, work: Work, project: str) -> str:
        body = {"name": f"{NAME}_network", "project_id": project}
        network = self._networks.create(work, for_create(NETWORK, body, work.caller))
        subnet = {
            "name": f"{NAME}_subnet_v4",
            "project_id": project,
            "network_id": network,
            "cidr": _free_cidr(work),
        }
        self._subnets.create(work, for_create(SUBNET, subnet, work.caller))
        work.insert(t.AUTO_NETWORKS, {"project_id": project, "network_id": network})
        return network


def _project(call: Call) -> str:
    project = call.args["project"]
    if project in ("None", "null"):
        project = str(call.caller.project_id)
    if not (call.caller.is_admin or call.caller.owns(project)):
        raise disallowed("get_auto_allocated_topology")
    return project


def _known(work: Work, project: str) -> str | None:
    query = sa.select(t.AUTO_NETWORKS.c.network_id)
    found: str | None = work.connection.scalar(query.where(t.AUTO_NETWORKS.c.project_id == project))
    return found


def _free_cidr(work: Work) -> str:
    """Of all networks, not only of those the caller sees: none may overlap."""
    taken = list(work.connection.scalars(sa.select(t.SUBNETS.c.cidr)))
    for net in POOL.subnets(new_prefix=PREFIX):
        if addresses.overlaps(str(net), taken) is None:
            return str(net)
    raise conflict(f"Deployment error: no subnet of {POOL} is left.", "AutoAllocationFailure")


def _view(network: str, project: str) -> dict[str, Any]:
    return {"auto_allocated_topology": {"id": network, "tenant_id": project, "project_id": project}}
