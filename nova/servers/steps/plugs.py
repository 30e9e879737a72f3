"""Letting a guest run only when its ports are wired."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from nova.core.workflow import Run
from nova.virt.contract.spawn import WaitForPlug


@contextmanager
def expected_plugs(
    run: Run[Any], port_ids: Sequence[str], *, anew: bool = False
) -> Iterator[WaitForPlug | None]:
    """What is said of these ports from now on is remembered; the driver is given what waits
    for it, or None if there is nothing to wait for.  `anew`: they were wired before."""
    plugs, uuid = run.seams.plugs, run.instance.uuid
    wanted = list(port_ids) if run.seams.conf.vif_plugging_timeout > 0 else []
    plugs.expect(uuid, wanted, anew=anew)
    try:
        yield (lambda: plugs.wait(run.context, uuid)) if wanted else None
    finally:
        plugs.forget(uuid)
