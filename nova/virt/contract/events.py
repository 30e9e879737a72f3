"""What happens to guests by itself."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Transition(enum.Enum):
    STARTED = "started"
    STOPPED = "stopped"
    CRASHED = "crashed"
    PAUSED = "paused"
    RESUMED = "resumed"
    SUSPENDED = "suspended"


@dataclass(frozen=True)
class LifecycleEvent:
    """`at` is when the driver heard of it (aware, UTC)."""

    uuid: str
    transition: Transition
    at: datetime


Subscriber = Callable[[LifecycleEvent], None]
Unsubscribe = Callable[[], None]


class Events(Protocol):
    def subscribe(self, subscriber: Subscriber) -> Unsubscribe:
        """Call `subscriber` for each change of a guest's state, whoever caused it.

        Calls come one after another, in order per guest, from a thread of the
        driver; they should return soon.  A change may come with steps on the way
        to it (RESUMED beside STARTED, PAUSED before SUSPENDED).  Events of a time when nobody was
        subscribed or the hypervisor was away are not kept: compare states then.
        """
