"""Times as the database keeps them: naive UTC, whole seconds."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from nova.core.clock import Clock


def now(clock: Clock) -> datetime:
    return clock.now().astimezone(UTC).replace(tzinfo=None, microsecond=0)


def after(now: datetime, *seen: datetime | None) -> datetime:
    """`now`, or later: always after all of `seen`.

    `search.feed` notices a change that does not count as a new generation
    only when the time of the row moved, and two may happen in one second.
    """
    tick = timedelta(seconds=1)
    return max([now, *(moment.replace(microsecond=0) + tick for moment in seen if moment)])


def last_change(table: sa.FromClause) -> sa.ColumnElement[datetime]:
    return sa.func.coalesce(table.c.updated_at, table.c.created_at).label("changed_at")
