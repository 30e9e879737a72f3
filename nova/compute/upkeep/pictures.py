"""Pictures that an earlier process of this host began, and that nobody wants any more.

What that process did is taken up again, and begins anew; but a conductor may have ended it
while no host was there.
"""

import logging
from collections.abc import Callable

from nova.errors import NovaError
from nova.seams import HostSeams

LOG = logging.getLogger(__name__)
Aside = Callable[[str, Callable[[], None]], bool]


def forget(seams: HostSeams, aside: Aside) -> None:
    """What nobody works on now.  `aside` does something to a guest unless somebody does."""
    snapshots = seams.driver.snapshots
    left = snapshots.left() if snapshots is not None else ()
    if not left:
        return
    ours = {instance.uuid for instance in seams.store.instances(seams.host)}
    for uuid in ours.intersection(left):
        aside(uuid, lambda guest=uuid: _forget(seams, guest))  # type: ignore[misc]


def _forget(seams: HostSeams, uuid: str) -> None:
    snapshots = seams.driver.snapshots
    if snapshots is None or uuid not in snapshots.left():
        return
    try:
        snapshots.forget(uuid)
        LOG.info("A picture of server %s was never finished; it is removed", uuid)
    except NovaError as error:
        LOG.warning("What there is of a picture of server %s stays: %s", uuid, error)
