"""How long hosts have been up: only they know, and not all of them answer."""

from dataclasses import replace

from nova.core.call import Call
from nova.errors import Invalid, NovaError, Unsupported
from nova.resources.hypervisors.found import Hypervisor
from nova.resources.services.liveness import is_up
from nova.seams import ApiSeams

QUESTION = "uptime"
# How many hosts are asked side by side, and how long (seconds) for all of them.
SIDE_BY_SIDE = 16
PATIENCE = 30.0


class HostSilent(Invalid):
    template = "Compute service of {host} is unavailable at this time."


def ask(call: Call[ApiSeams], hypervisor: Hypervisor) -> str:
    """Raises HostSilent for a host that is down, Unsupported for one that cannot tell."""
    if not is_up(hypervisor.service, call.seams.clock.now(), call.seams.conf):
        raise HostSilent(host=hypervisor.service.host)
    answer: str | None = call.seams.hosts.ask(
        call.context, hypervisor.cell.uuid, hypervisor.node.host, QUESTION
    )
    if answer is None:
        raise Unsupported
    return answer


def with_uptimes(call: Call[ApiSeams], hypervisors: list[Hypervisor]) -> list[Hypervisor]:
    """Those that do not answer in time have None."""
    known: dict[str, str | None] = {}

    def learn(hypervisor: Hypervisor) -> None:
        try:
            known[hypervisor.node.uuid] = ask(call, hypervisor)
        except NovaError:
            known[hypervisor.node.uuid] = None

    if len(hypervisors) == 1:
        learn(hypervisors[0])
    elif hypervisors:
        pool = call.seams.clock.pool("uptime", SIDE_BY_SIDE)
        for hypervisor in hypervisors:
            pool.submit(learn, hypervisor)
        pool.close(PATIENCE)
    return [replace(each, uptime=known.get(each.node.uuid)) for each in hypervisors]
