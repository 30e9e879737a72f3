"""The QEMU guest agent, spoken to through the hypervisor's library."""

import libvirt

from nova.virt.contract.agent import has_agent
from nova.virt.contract.errors import AgentNotEnabled, AgentSilent
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.domains import Domains

# The library's words for a line with nobody at its end, or a guest that does not run.
SILENCE = frozenset({libvirt.VIR_ERR_AGENT_UNRESPONSIVE, libvirt.VIR_ERR_OPERATION_INVALID})


class LibvirtAgent:
    def __init__(self, domains: Domains) -> None:
        self._domains = domains

    def set_password(self, guest: GuestSpec, user: str, password: str) -> None:
        if not has_agent(guest):
            raise AgentNotEnabled()

        def work(domain: libvirt.virDomain) -> None:
            try:
                domain.setUserPassword(user, password, 0)
            except libvirt.libvirtError as error:
                if error.get_error_code() in SILENCE:
                    raise AgentSilent(uuid=guest.uuid) from error
                raise

        self._domains.ask("set a password", guest.uuid, work)
