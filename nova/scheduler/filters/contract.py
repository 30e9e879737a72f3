"""What a filter is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from oslo_config import cfg

from nova.clients.placement.contract import AllocationRequest
from nova.scheduler.field import Field, Mask
from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a host will not do: what was asked, and what the host has of it."""

    reason: str
    asked: Any = None
    free: Any = None


Check = Callable[[HostState], Refusal | None]
# One of the ways that placement offers for a host.
WayCheck = Callable[[HostState, AllocationRequest], bool]
Sieve = Callable[[Field], Mask]


class Filter:
    """Reads a request once, and answers with the check to run on each host.

    `on_rebuild`: also asked when a server gets a new image on the host it is
    on.  `every_server`: asked again for each server of one request, because
    the placing of one changes the answer for the next.  `looks_at`: the one
    attribute of a host (of KINDS) on which the answer depends, if it is one.
    `binding`: asked whatever filters are enabled, and for hosts that are forced, because no
    scheduler may settle what it forbids.
    """

    on_rebuild: ClassVar[bool] = False
    every_server: ClassVar[bool] = False
    looks_at: ClassVar[str] = ""
    binding: ClassVar[bool] = False

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    @property
    def name(self) -> str:
        return type(self).__name__

    def check(self, request: Request) -> Check | None:
        """None when nothing in this request could make any host fail."""
        raise NotImplementedError

    def way(self, request: Request) -> tuple[WayCheck, Refusal] | None:
        """Whether a way to take it from a host will do, and what to say where none does;
        None: all will."""
        return None

    def passing(self, request: Request, check: Check) -> Sieve | None:
        """Which of many pass, at once; None: each is asked.  Must agree with `check`."""
        return alike(self.looks_at, check) if self.looks_at else None


def alike(name: str, check: Check) -> Sieve:
    """Asks one host of each kind."""
    return lambda field: field.for_each(name, lambda host: check(host) is None)


class BaseHostFilter(Filter):
    """Base of filters that an operator brings along: one yes or no for each host.

    `run_filter_once_per_request` False asks again for each server of a request.
    """

    RUN_ON_REBUILD: ClassVar[bool] = False
    run_filter_once_per_request: ClassVar[bool] = False

    def __init__(self) -> None:
        """`conf` is set afterwards, so that who has an own constructor need not pass it on."""

    def __init_subclass__(cls) -> None:
        cls.on_rebuild = cls.RUN_ON_REBUILD
        cls.every_server = not cls.run_filter_once_per_request

    def host_passes(self, host_state: HostState, spec_obj: Any) -> bool:
        """`spec_obj` is the RequestSpec as it was asked."""
        raise NotImplementedError

    def check(self, request: Request) -> Check | None:
        refused = Refusal("the filter refused it")

        def passes(host: HostState) -> Refusal | None:
            return None if self.host_passes(host, request.spec) else refused

        return passes
