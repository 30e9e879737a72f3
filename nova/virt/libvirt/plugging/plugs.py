"""What a guest's interfaces are plugged into."""

from collections.abc import Sequence

from nova.virt.contract.devices import Nic
from nova.virt.libvirt.plugging.bridges import Bridges
from nova.virt.libvirt.plugging.plug import Plug, plug_of
from nova.virt.libvirt.plugging.record import Records, recorded
from nova.virt.libvirt.plugging.switch import Switch
from nova.virt.libvirt.xml.domain import Domain


class Plugs:
    def __init__(self, bridges: Bridges, switch: Switch, records: Records) -> None:
        self._bridges = bridges
        self._switch = switch
        self._records = records

    def noted(self, definition: Domain, nics: Sequence[Nic]) -> Domain:
        """The definition, telling what will be plugged for it."""
        return recorded(definition, [plug for plug in map(plug_of, nics) if plug])

    def plug(self, uuid: str, nics: Sequence[Nic]) -> None:
        """The guest is defined.  Raises PlugFailed; then some may be plugged."""
        wanted = [(plug, nic.mtu) for nic in nics if (plug := plug_of(nic))]
        for nic in nics:
            self._bridges.ensure(nic)
        if wanted:
            self._records.add(uuid, [plug for plug, _mtu in wanted])
        for plug, mtu in wanted:
            self._switch.plug(plug, uuid, mtu)

    def started(self, uuid: str) -> None:
        """The guest has its devices now."""
        for plug in self._records.of(uuid):
            self._switch.started(plug, uuid)

    def unplug(self, uuid: str) -> None:
        """All that the guest has, which is off; a guest that is not here has nothing."""
        self._unplug(uuid, self._records.of(uuid))

    def unplug_nic(self, uuid: str, mac: str) -> None:
        """Of an interface that the guest has no more."""
        found = (plug for plug in self._records.of(uuid) if plug.mac.lower() == mac.lower())
        self._unplug(uuid, list(found))

    def owing(self) -> Sequence[str]:
        return self._switch.owing()

    def settle(self, guest: str) -> bool:
        return self._switch.settle(guest)

    def _unplug(self, uuid: str, plugs: Sequence[Plug]) -> None:
        for plug in plugs:
            self._switch.unplug(plug, uuid)
        if plugs:
            self._records.remove(uuid, plugs)
