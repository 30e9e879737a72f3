"""Who judges hosts: filters that refuse, weighers that rank, and how one of the best is picked."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nova.scheduler.field import Field
from nova.scheduler.filters import Filter
from nova.scheduler.ranking import Choice, Weighed, weigh
from nova.scheduler.request import Request
from nova.scheduler.sifting import Test, WayTest, tests_of, way_tests_of
from nova.scheduler.weighers import Weigher


class Judging(Protocol):
    def tests(self, request: Request, *, every_server: bool) -> list[Test]:
        """What has to be asked of each host, once or for every server of a request."""

    def ways(self, request: Request) -> list[WayTest]:
        """What has to be asked of each way that placement offers."""

    def weigh(self, request: Request, field: Field) -> Weighed: ...

    def order(
        self, request: Request, weighed: Weighed, count: int, rng: random.Random
    ) -> list[int]:
        """Indices: the chosen host first, then the next best, `count` or more if there are."""


@dataclass(frozen=True)
class Judges:
    """The same for all hosts."""

    filters: Sequence[Filter]
    weighers: Sequence[Weigher]
    choice: Choice

    def tests(self, request: Request, *, every_server: bool) -> list[Test]:
        return tests_of(self.filters, request, every_server=every_server)

    def ways(self, request: Request) -> list[WayTest]:
        return way_tests_of(self.filters, request)

    def weigh(self, request: Request, field: Field) -> Weighed:
        return weigh(self.weighers, request, field)

    def order(
        self, request: Request, weighed: Weighed, count: int, rng: random.Random
    ) -> list[int]:
        return self.choice.order(weighed, count, rng)
