"""What a server has used of its host."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from nova.core.action import HostQuery
from nova.core.call import Answer, Call, Route
from nova.core.policy import ADMIN, Policy
from nova.core.shape import NO_QUERY
from nova.core.states import PowerState, Transition
from nova.errors import Unsupported
from nova.microversions import DIAGNOSTICS_LAYOUT
from nova.objects.server import Instance
from nova.seams import ApiSeams
from nova.servers.errors import InstanceInvalidState
from nova.servers.face import request
from nova.virt.contract.diagnostics import GuestUse
from nova.virt.contract.states import NAMES
from nova.virt.contract.states import PowerState as GuestState

RUNNING = NAMES[GuestState.RUNNING]


class Diagnostics(HostQuery):
    name = "diagnostics"
    word = "get_diagnostics"
    policy = Policy("os-server-diagnostics", ADMIN, "Show what a server has used of its host")
    moves = Transition(tasks=None, launched_only=False)
    refused_when_locked = False
    needs_host = True

    def arguments(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        """`standard`: the same for all hypervisors, instead of in their own words."""
        return {"standard": call.has(DIAGNOSTICS_LAYOUT)}

    def on_host(self, seams: Any, instance: Instance, arguments: Mapping[str, Any]) -> Any:
        teller = seams.driver.diagnostics
        if teller is None:
            raise Unsupported()
        self._require_running(seams, instance)
        if arguments["standard"]:
            return standard(instance, teller.use(instance.uuid), seams.clock.now())
        return dict(teller.counters(instance.uuid))

    def _require_running(self, seams: Any, instance: Instance) -> None:
        state = seams.driver.spawn.guest_state(instance.uuid)
        if state != PowerState.RUNNING:
            raise InstanceInvalidState(
                word=self.refusal_word(), instance_uuid=instance.uuid,
                attribute="power state", state=NAMES[state],
            )


def standard(instance: Instance, use: GuestUse, now: datetime) -> dict[str, Any]:
    """The layout that does not depend on the hypervisor; `uptime` in seconds."""
    launched = instance.launched_at
    return {
        "state": RUNNING,
        "driver": use.driver,
        "hypervisor": use.hypervisor,
        "hypervisor_os": use.hypervisor_os,
        "config_drive": bool(instance.config_drive),
        "uptime": None if launched is None else int((now - launched).total_seconds()),
        "memory_details": {"maximum": use.memory_maximum, "used": use.memory_used},
        "num_cpus": len(use.cpus),
        "num_disks": len(use.disks),
        "num_nics": len(use.nics),
        "cpu_details": [asdict(one) for one in use.cpus],
        "disk_details": [asdict(one) for one in use.disks],
        "nic_details": [asdict(one) for one in use.nics],
    }


DIAGNOSTICS = Diagnostics()


def show(call: Call[ApiSeams]) -> Answer:
    return request(call, DIAGNOSTICS, call.params["server_id"])


ROUTES = (
    Route("GET", "/servers/{server_id}/diagnostics", show, query=NO_QUERY,
          policies=(DIAGNOSTICS.policy,)),
)
