"""What a guest's interfaces are plugged into."""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from nova.virt.contract.devices import Nic
from nova.virt.contract.errors import PlugFailed
from nova.virt.libvirt.plugging.bridges import Bridges
from nova.virt.libvirt.plugging.plug import HYBRID, Plug, filter_side, plug_of
from nova.virt.libvirt.plugging.record import Records, recorded
from nova.virt.libvirt.plugging.switch import Switch
from nova.virt.libvirt.xml.domain import Domain
from nova.virt.libvirt.xml.interface import Interface

LOG = logging.getLogger(__name__)


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

    def renew(self, uuid: str, interfaces: Sequence[Interface]) -> None:
        """The running guest has these.  Raises PlugFailed for one of those that failed."""
        plugs = self._records.of(uuid)
        mtus = {(one.mac or "").lower(): one.mtu for one in interfaces}
        filters = {plug.name: filter_side(plug) for plug in plugs if plug.kind == HYBRID}
        works = [partial(self._switch.renew, one, uuid, mtus.get(one.mac.lower())) for one in plugs]
        for one in filter(_is_on_bridge, interfaces):
            bridge, device = one.bridge or "", one.target or ""
            for joined in filter(None, (device, filters.get(bridge))):
                # Bridges of filters are made with the port.
                works.append(partial(
                    self._bridges.renew, joined, bridge, device, makes=bridge not in filters
                ))
        failed = [error for work in works if (error := _tried(work))]
        if failed:
            raise failed[0]

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


def _is_on_bridge(one: Interface) -> bool:
    """One of Linux, and a device of ours on it."""
    return bool(one.type == "bridge" and not one.virtualport and one.bridge and one.target)


def _tried(work: Callable[[], None]) -> PlugFailed | None:
    try:
        work()
    except PlugFailed as error:
        LOG.info("%s", error)
        return error
    return None
