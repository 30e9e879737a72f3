"""/os-baremetal-nodes: nodes of the bare metal service."""

from typing import Any

from nova.clients.baremetal.contract import Node
from nova.core.call import Call, Route
from nova.core.policy import ADMIN, Policy
from nova.core.shape import ANYTHING
from nova.errors import Invalid
from nova.resources.proxies.paging import UNTIL
from nova.seams import ApiSeams

OLD_RULE = ("os_compute_api:os-baremetal-nodes", "rule:admin_api")
LIST = Policy("os-baremetal-nodes:list", ADMIN, "List bare metal nodes", deprecated=OLD_RULE)
SHOW = Policy("os-baremetal-nodes:show", ADMIN, "Show a bare metal node", deprecated=OLD_RULE)


class NotHere(Invalid):
    template = "Command Not supported. Please use Ironic command {command} to perform this action."


def _shown(node: Node) -> dict[str, Any]:
    def amount(name: str) -> str:
        return str(node.properties.get(name, 0))

    return {
        "id": node.id,
        "interfaces": [{"address": address} for address in node.addresses],
        "host": "IRONIC MANAGED",
        "task_state": node.provision_state or "",
        "cpus": amount("cpus"),
        "memory_mb": amount("memory_mb"),
        "disk_gb": amount("local_gb"),
    }


def _list(call: Call[ApiSeams]) -> Any:
    return {"nodes": [_shown(each) for each in call.seams.baremetal.nodes(call.context)]}


def _show(call: Call[ApiSeams]) -> Any:
    node = call.seams.baremetal.node(call.context, call.params["id"])
    return {"node": _shown(node) | {"instance_uuid": node.instance_id}}


def _refused(command: str) -> Any:
    def refuse(call: Call[ApiSeams]) -> None:
        raise NotHere(command=command)

    return refuse


_ALL, _ONE = "/os-baremetal-nodes", "/os-baremetal-nodes/{id}"
ROUTES = (
    Route("GET", _ALL, _list, LIST, query=ANYTHING, until=UNTIL),
    Route("GET", _ONE, _show, SHOW, query=ANYTHING, until=UNTIL),
    Route("POST", _ALL, _refused("node-create"), body=ANYTHING, until=UNTIL),
    Route("DELETE", _ONE, _refused("node-delete"), until=UNTIL),
    *(
        Route("POST", f"{_ONE}/action", _refused(command), body=ANYTHING, action=action,
              until=UNTIL)
        for action, command in (
            ("add_interface", "port-create"), ("remove_interface", "port-delete"),
        )
    ),
)  # fmt: skip
