"""Waiting until the network service has wired the ports of a guest.

It tells by the `network-vif-plugged` event; should that get lost on its way, we
ask for the ports' state now and then.
"""

from collections.abc import Sequence

from oslo_config import cfg

from nova.clients.network.contract import ServerNetworks
from nova.context import RequestContext
from nova.core.clock import Clock, Event
from nova.errors import NovaError, Unavailable
from nova.virt.contract.errors import CannotSpawn

# Seconds of waiting for an event before asking.
ASK_EVERY = 10.0


class VifPlugFailed(CannotSpawn):
    template = "Guest {uuid} could not be built here: ports {ports} were not wired: {reason}"


class _Waiting:
    def __init__(self, clock: Clock, port_ids: Sequence[str], anew: bool) -> None:
        self.missing = set(port_ids)
        self.anew = anew
        self.changed: Event = clock.event()
        self.failure: str | None = None


class PortPlugs:
    """nova.seams.Plugs."""

    def __init__(self, conf: cfg.ConfigOpts, clock: Clock, network: ServerNetworks) -> None:
        self._conf = conf
        self._clock = clock
        self._network = network
        self._waiting: dict[str, _Waiting] = {}

    def expect(
        self, instance_uuid: str, port_ids: Sequence[str], *, anew: bool = False
    ) -> None:
        self._waiting[instance_uuid] = _Waiting(self._clock, port_ids, anew)

    def forget(self, instance_uuid: str) -> None:
        self._waiting.pop(instance_uuid, None)

    def tell(self, instance_uuid: str, port_id: str, failed: bool = False) -> None:
        """The network service spoke of a port."""
        waiting = self._waiting.get(instance_uuid)
        if waiting is None or port_id not in waiting.missing:
            return
        if failed:
            waiting.failure = "the network service failed to"
        waiting.missing.discard(port_id)
        waiting.changed.set()

    def abort(self, instance_uuid: str) -> None:
        """The server is to be deleted: stop waiting."""
        waiting = self._waiting.get(instance_uuid)
        if waiting is not None:
            waiting.failure = "the server is being deleted"
            waiting.changed.set()

    def wait(self, context: RequestContext, instance_uuid: str) -> None:
        waiting = self._waiting[instance_uuid]
        end = self._clock.monotonic() + self._conf.vif_plugging_timeout
        while waiting.missing and waiting.failure is None:
            left = end - self._clock.monotonic()
            if left <= 0:
                return self._timed_out(instance_uuid, waiting)
            if not waiting.changed.wait(min(left, ASK_EVERY)):
                self._ask(context, instance_uuid, waiting)
            waiting.changed.clear()
        if waiting.failure is not None:
            raise self._failure(instance_uuid, waiting, waiting.failure)

    def _timed_out(self, instance_uuid: str, waiting: _Waiting) -> None:
        if self._conf.vif_plugging_is_fatal:
            limit = self._conf.vif_plugging_timeout
            raise self._failure(instance_uuid, waiting, f"not within {limit} seconds")

    def _failure(self, instance_uuid: str, waiting: _Waiting, reason: str) -> NovaError:
        return VifPlugFailed(
            uuid=instance_uuid, ports=", ".join(sorted(waiting.missing)), reason=reason
        )

    def _ask(self, context: RequestContext, instance_uuid: str, waiting: _Waiting) -> None:
        if waiting.anew:
            return
        try:
            vifs = self._network.info(context, instance_uuid)
        except Unavailable:
            return
        waiting.missing -= {vif.port_id for vif in vifs if vif.active}
