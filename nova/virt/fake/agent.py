"""Agents of fake guests: there when the image says so, and obedient."""

from nova.virt.contract.agent import has_agent
from nova.virt.contract.errors import AgentNotEnabled, AgentSilent
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.states import PowerState
from nova.virt.fake.hypervisor import FakeHypervisor


class FakeAgent:
    def __init__(self, hypervisor: FakeHypervisor) -> None:
        self._hypervisor = hypervisor

    def set_password(self, guest: GuestSpec, user: str, password: str) -> None:
        self._hypervisor.faults.strike("set_password", guest.uuid)
        known = self._hypervisor.defined(guest.uuid)
        if not has_agent(guest):
            raise AgentNotEnabled()
        if known.state is not PowerState.RUNNING or guest.uuid in self._hypervisor.faults.deaf:
            raise AgentSilent(uuid=guest.uuid)
        self._hypervisor.passwords[guest.uuid] = (user, password)
