"""What a weigher is."""

from typing import Any, ClassVar

from oslo_config import cfg

from nova.scheduler.field import Field, Numbers, numbers
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

    def raw(self, request: Request, field: Field) -> Numbers | None:
        """A number for each host, in order; None when this request is no concern of ours."""
        raise NotImplementedError

    def ends(self) -> tuple[float | None, float | None]:
        return self.lowest, self.highest

    def factors(self, field: Field) -> Numbers | float:
        """Each host's multiplier: the lowest its aggregates set, or else the option's."""
        if not field.in_aggregates:
            return self.sign * self.multiplier
        usual, key = self.multiplier, self.metadata_key
        return self.sign * field.for_each("metadata", lambda host: float(host.least(key, usual)))


class NumberWeigher(Weigher):
    """The raw weight is one of the numbers of a host."""

    number: ClassVar[str]

    def raw(self, request: Request, field: Field) -> Numbers | None:
        return field.column(self.number)


class BaseHostWeigher(Weigher):
    """Base of weighers that an operator brings along: one number for each host."""

    minval: ClassVar[float | None] = None
    maxval: ClassVar[float | None] = None

    multiplier = 1.0
    per_host = True

    def __init__(self) -> None:
        """`conf` is set afterwards, so that who has an own constructor need not pass it on."""

    def weight_multiplier(self, host_state: HostState) -> float:
        return 1.0

    def _weigh_object(self, host_state: HostState, weight_properties: Any) -> float:
        """`weight_properties` is the RequestSpec as it was asked."""
        raise NotImplementedError

    def raw(self, request: Request, field: Field) -> Numbers | None:
        return numbers([self._weigh_object(host, request.spec) for host in field.hosts])

    def ends(self) -> tuple[float | None, float | None]:
        return self.minval, self.maxval

    def factors(self, field: Field) -> Numbers | float:
        return numbers([self.weight_multiplier(host) for host in field.hosts])
