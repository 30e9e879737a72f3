"""Ports of Open vSwitch, made and unmade; both may be done twice."""

import logging
from collections.abc import Callable, Sequence

from nova.core.clock import Clock
from nova.virt.contract.errors import PlugFailed
from nova.virt.libvirt.plugging.debts import Debts
from nova.virt.libvirt.plugging.library import SwitchFailed, SwitchOptions, VifLibrary
from nova.virt.libvirt.plugging.ovsdb import Ovsdb
from nova.virt.libvirt.plugging.plug import HYBRID, TAP, Plug

LOG = logging.getLogger(__name__)
POLL_SECONDS, DEVICE_SECONDS = 0.5, 0.1
USER_SPACE = "netdev"
SHORT_SECONDS = 5.0
"""What the database has to answer when nobody has to wait for it."""


class Switch:
    def __init__(self, library: VifLibrary, debts: Debts, clock: Clock) -> None:
        self._library = library
        self._debts = debts
        self._clock = clock
        self._turn = clock.lock()

    def plug(self, plug: Plug, guest: str, mtu: int | None) -> None:
        """Raises PlugFailed, at the latest when the database had its time to answer."""
        self._plug(plug, guest, mtu, self._await_database)

    def renew(self, plug: Plug, guest: str, mtu: int | None) -> None:
        """Of a running guest.  Raises PlugFailed, soon."""
        try:
            self._drop_half(plug, guest)
        except SwitchFailed as error:
            raise PlugFailed(port_id=plug.id, reason=error.message) from error
        self._plug(plug, guest, mtu, self._probe)
        self.started(plug, guest)

    def started(self, plug: Plug, guest: str) -> None:
        """The guest's device has appeared, and the switch takes it.

        In user space it reads the device's flags and writes them back with one more, just
        when the hypervisor sets the device up: what it wrote last may be that it is down.
        """
        if plug.kind != TAP or plug.datapath != USER_SPACE:
            return
        try:
            self._await_device(plug)
            with self._turn:
                self._library.lift(plug.name)
        except SwitchFailed as error:
            LOG.warning("Port %s of guest %s may be down: %s", plug.id, guest, error)

    def unplug(self, plug: Plug, guest: str) -> None:
        """Now, or when the switch is back: no guest has to stay for it."""
        with self._turn:
            try:
                self._unplug(plug, guest)
            except SwitchFailed as error:
                self._debts.add(guest, plug)
                LOG.warning(
                    "Port %s of guest %s stays in the switch for now: %s", plug.id, guest, error
                )

    def owing(self) -> Sequence[str]:
        """Guests that left ports behind which can go now."""
        found = self._debts.guests()
        if not found:
            return ()
        with self._turn:
            try:
                self._probe()
            except SwitchFailed as error:
                LOG.warning("Ports of guests %s stay in the switch for now: %s", found, error)
                return ()
        return found

    def settle(self, guest: str) -> bool:
        """Whether nothing is left."""
        with self._turn:
            for plug in self._debts.of_guest(guest):
                try:
                    self._unplug(plug, guest)
                except SwitchFailed as error:
                    LOG.warning("Port %s of guest %s is still there: %s", plug.id, guest, error)
                    continue
                LOG.info("Port %s of guest %s is unplugged at last", plug.id, guest)
                self._debts.drop(guest, plug)
        return not self._debts.of_guest(guest)

    def _plug(
        self, plug: Plug, guest: str, mtu: int | None, ask_database: Callable[[], None]
    ) -> None:
        try:
            ask_database()
            with self._turn:
                self._settle_port(plug)
                self._library.plug(plug, guest, mtu)
                if self._has(plug) is False:
                    raise SwitchFailed(reason="Open vSwitch did not make the port")
        except SwitchFailed as error:
            raise PlugFailed(port_id=plug.id, reason=error.message) from error

    def _drop_half(self, plug: Plug, guest: str) -> None:
        """Where devices of a pair are left, the library makes no port for them."""
        with self._turn:
            self._probe()
            if plug.kind == HYBRID and not self._has(plug):
                self._library.unplug(plug, guest)

    def _unplug(self, plug: Plug, guest: str) -> None:
        self._probe()
        self._library.unplug(plug, guest)
        if self._has(plug):
            raise SwitchFailed(reason="Open vSwitch did not remove the port")

    def _settle_port(self, plug: Plug) -> None:
        """What somebody left there is taken over where it is the same."""
        for guest, old in self._debts.of_port(plug.id):
            if old != plug:
                self._unplug(old, guest)
            self._debts.drop(guest, old)

    def _await_database(self) -> None:
        options = self._options()
        end = self._clock.monotonic() + options.timeout
        while True:
            try:
                Ovsdb(options).has(None, options.timeout or None)
                return
            except SwitchFailed:
                if options.timeout and self._clock.monotonic() + POLL_SECONDS >= end:
                    raise
            self._clock.sleep(POLL_SECONDS)

    def _await_device(self, plug: Plug) -> None:
        database = Ovsdb(self._options())
        end = self._clock.monotonic() + SHORT_SECONDS
        while not database.is_connected(plug.name, SHORT_SECONDS):
            if self._clock.monotonic() >= end:
                raise SwitchFailed(reason="Open vSwitch does not find its device")
            self._clock.sleep(DEVICE_SECONDS)

    def _probe(self) -> None:
        options = self._library.options()
        Ovsdb(options).has(None, min(options.timeout or SHORT_SECONDS, SHORT_SECONDS))

    def _has(self, plug: Plug) -> bool | None:
        options = self._library.options()
        return Ovsdb(options).has(plug.port, options.timeout or None)

    def _options(self) -> SwitchOptions:
        with self._turn:
            return self._library.options()
