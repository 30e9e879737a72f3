"""Whether a project may have more servers, and who of several that ask at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from nova.core.call import Call
from nova.errors import Forbidden
from nova.objects.flavor import Flavor
from nova.resources.quotas.limits import UNLIMITED, Limits, all_limits, exceeds
from nova.resources.quotas.usage import Amounts, used, wanted_by
from nova.seams import ApiSeams

COUNTED = ("cores", "instances", "ram")


class QuotaExceeded(Forbidden):
    template = (
        "Quota exceeded for {resources}: Requested {requested}, but already used {used} "
        "of {allowed} {resources}"
    )


class UnifiedLimitExceeded(Forbidden):
    template = "Project {project_id} is over a limit for [{resources}]"


@dataclass(frozen=True)
class Room:
    """How much of one resource is allowed, used, and wanted by one more server."""

    resource: str
    allowed: int
    used: int
    each: int

    def count(self, most: int) -> int:
        """How many more servers it suffices for, up to `most`."""
        if self.allowed == UNLIMITED or self.each <= 0:
            return most
        return max(min(most, (self.allowed - self.used) // self.each), 0)

    @property
    def over(self) -> bool:
        return exceeds(self.used, self.allowed)

    def told(self, count: int) -> str:
        """As clients of unified limits know it."""
        return (
            f"Resource {self.resource} is over limit of {self.allowed} due to current usage "
            f"{self.used} and delta {self.each * count}"
        )


@dataclass(frozen=True)
class Ledger:
    """A project's (and its user's) limits, held against what they have."""

    call: Call[ApiSeams]
    limits: Limits
    project_id: str
    user_id: str

    def allowed_count(self, flavor: Flavor, least: int, most: int) -> int:
        """As many of `most` servers as fit; QuotaExceeded when not even `least` do."""
        rooms = self._rooms(wanted_by(self.call, flavor))
        count = min([most, *(room.count(most) for room in rooms)])
        if count < least:
            raise self._exceeded([room for room in rooms if room.count(least) < least], least)
        return count

    def require(self, more: Amounts) -> None:
        """Raise QuotaExceeded unless that much more is allowed; what becomes less is never
        refused.  Amounts are those of `wanted_by`."""
        rising = {name: amount for name, amount in more.items() if amount > 0}
        short = [room for room in self._rooms(rising) if room.count(1) < 1]
        if short:
            raise self._exceeded(short, 1)

    @property
    def takes_turns(self) -> bool:
        """Whether creates are recorded one after the other, for `require_turn`."""
        if not self.call.seams.conf.quota.recheck_quota:
            return False
        limits = (self.limits.project, self.limits.user)
        return any(each[name] != UNLIMITED for each in limits for name in COUNTED)

    def require_turn(self, flavor: Flavor, uuids: Sequence[str]) -> None:
        """After the builds `uuids` are recorded in turn: take them back, and raise, when those
        that were recorded before leave no room for them.

        Nobody counts what came after him.  So of creates that race for the last place the
        first recorded has it, and no other.
        """
        if not self.takes_turns:
            return
        over = [room for room in self._rooms(wanted_by(self.call, flavor), uuids) if room.over]
        if over:
            for uuid in uuids:
                self.call.seams.stores.api.builds.cancel(uuid)
            mine = len(uuids)
            before = [replace(room, used=room.used - mine * room.each) for room in over]
            raise self._exceeded(before, mine)

    def _rooms(self, each: Amounts, before: Sequence[str] | None = None) -> list[Room]:
        """Of the project, and of its user when something was set for him."""
        rooms: list[Room] = []
        for owner, allowed in self._allowed(each):
            if any(limit != UNLIMITED for limit in allowed.values()):
                now = used(self.call, self.project_id, owner, before)
                rooms += [Room(name, allowed[name], now.get(name, 0), each[name])
                          for name in sorted(each)]
        return rooms

    def _allowed(self, names: Iterable[str]) -> Iterator[tuple[str | None, dict[str, int]]]:
        if self.limits.unified is not None:
            yield None, {name: self.limits.unified.of(name) for name in names}
            return
        project, user = self.limits.project, self.limits.user
        yield None, {name: project[name] for name in names}
        if any(user[name] != project[name] for name in names):
            yield self.user_id, {name: user[name] for name in names}

    def _exceeded(self, rooms: Sequence[Room], count: int) -> Forbidden:
        if self.limits.unified is not None:
            told = ", ".join(room.told(count) for room in rooms)
            return UnifiedLimitExceeded(project_id=self.project_id, resources=told)
        return QuotaExceeded(
            resources=", ".join(room.resource for room in rooms),
            requested=", ".join(str(room.each * count) for room in rooms),
            used=", ".join(str(room.used) for room in rooms),
            allowed=", ".join(str(room.allowed) for room in rooms),
        )


def ledger_of(
    call: Call[ApiSeams], project_id: str | None = None, user_id: str | None = None
) -> Ledger:
    """The caller's unless said otherwise."""
    project_id = project_id or call.context.project_id or ""
    user_id = user_id or call.context.user_id or ""
    return Ledger(call, all_limits(call, project_id, user_id), project_id, user_id)
