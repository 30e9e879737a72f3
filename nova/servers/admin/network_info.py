"""Have a server's host look at its network anew."""

from typing import Any

from nova.clients.network.contract import vifs_from_json, vifs_to_json
from nova.core.action import HostAction
from nova.core.clock import minutes
from nova.core.policy import ADMIN, Policy
from nova.core.shape import ANYTHING
from nova.core.states import Transition
from nova.core.workflow import Run


class InjectNetworkInfo(HostAction):
    """No hypervisor here writes into a guest that runs: what is known of its ports is
    brought up to date, for whoever asks next (the metadata service, the next start)."""

    name = "injectNetworkInfo"
    policy = Policy(
        "os-admin-actions:inject_network_info", ADMIN, "Tell a server of its network again"
    )
    body = ANYTHING
    moves = Transition(tasks=None, launched_only=False)
    deadline = minutes(2)
    event = "compute_inject_network_info"

    def on_host(self, run: Run[Any]) -> None:
        known = vifs_from_json(run.instance.network_info)
        found = run.seams.network.info(run.context, run.instance.uuid, known)
        run.instance.network_info = vifs_to_json(found)
