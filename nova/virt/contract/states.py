"""Power states of a guest, with the numbers that the API shows."""

import enum


class PowerState(enum.IntEnum):
    """What the hypervisor says of a guest; the gaps in the numbers are historical.

    A suspended guest (its memory saved to disk) is SHUTDOWN: no process is left
    of it.  SUSPENDED means that the guest put itself to sleep.
    """

    NOSTATE = 0
    RUNNING = 1
    PAUSED = 3
    SHUTDOWN = 4
    CRASHED = 6
    SUSPENDED = 7


NAMES: dict[PowerState, str] = {
    PowerState.NOSTATE: "pending",
    PowerState.RUNNING: "running",
    PowerState.PAUSED: "paused",
    PowerState.SHUTDOWN: "shutdown",
    PowerState.CRASHED: "crashed",
    PowerState.SUSPENDED: "suspended",
}
