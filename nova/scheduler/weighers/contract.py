"""What a weigher is."""

from collections.abc import Sequence
from typing import Any, ClassVar

from oslo_config import cfg

from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request


class Weigher:
    """Says how much it likes each of the hosts that are left.

    `option` names the multiplier in `group`, and `key` the metadata by which
    an aggregate overrides it for its hosts.  `lowest` and `highest`, when set,
    are the ends of the scale; otherwise those found among the hosts are.
    `per_host`: multipliers differ from host to host even without aggregates.
    """

    group: ClassVar[str] = "filter_scheduler"
    option: ClassVar[str]
    key: ClassVar[str] = ""
    lowest: ClassVar[float | None] = None
    highest: ClassVar[float | None] = None
    sign: ClassVar[float] = 1.0

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf
        self.metadata_key = self.key or self.option
        self.multiplier = float(conf[self.group][self.option])
        self.per_host = False

    @property
    def name(self) -> str:
        return type(self).__name__

    def raw(self, request: Request, hosts: Sequence[HostState]) -> Sequence[float] | None:
        """A number for each host, in order; None when this request is no concern of ours."""
        raise NotImplementedError

    def ends(self) -> tuple[float | None, float | None]:
        return self.lowest, self.highest

    def factors(self, hosts: Sequence[HostState]) -> list[float]:
        """Each host's multiplier: the lowest its aggregates set, or else the option's."""
        usual, key = self.multiplier, self.metadata_key
        return [self.sign * host.least(key, usual) for host in hosts]


class BaseHostWeigher(Weigher):
    """Base of weighers that an operator brings along: one number for each host."""

    minval: ClassVar[float | None] = None
    maxval: ClassVar[float | None] = None

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf
        self.multiplier = 1.0
        self.per_host = True

    def weight_multiplier(self, host_state: HostState) -> float:
        return 1.0

    def _weigh_object(self, host_state: HostState, weight_properties: Any) -> float:
        """`weight_properties` is the RequestSpec as it was asked."""
        raise NotImplementedError

    def raw(self, request: Request, hosts: Sequence[HostState]) -> Sequence[float] | None:
        return [self._weigh_object(host, request.spec) for host in hosts]

    def ends(self) -> tuple[float | None, float | None]:
        return self.minval, self.maxval

    def factors(self, hosts: Sequence[HostState]) -> list[float]:
        return [self.weight_multiplier(host) for host in hosts]
