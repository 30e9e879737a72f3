"""Operations that no user asked for: what a host finds to be done for its servers.

They are in the journal like all others, so that they are shown, and survive a crash.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from nova.context import RequestContext, admin_context
from nova.core.action import Action
from nova.core.states import Transition
from nova.objects.server import Instance
from nova.objects.store.errors import InstanceNotFound, StateConflict
from nova.seams import HostSeams
from nova.servers.opening import operation_of

LOG = logging.getLogger(__name__)
Submit = Callable[[RequestContext, int, str], None]


class OwnWork:
    """`submit` has an operation performed here soon."""

    def __init__(
        self, seams: HostSeams, actions: Mapping[str, Action], submit: Submit
    ) -> None:
        self._seams = seams
        self._actions = actions
        self._submit = submit

    def begin(
        self,
        kind: str,
        instance: Instance,
        moves: Transition | None = None,
        *,
        changes: Mapping[str, Any] | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> bool:
        """Begin an action (as if it had other `moves`); False when the server is not in the
        state for it any more, or nobody here knows the action."""
        action = self._actions.get(kind)
        if action is None:
            return False
        context = admin_context()
        operation = operation_of(
            context, action, instance.uuid, self._seams.clock.now(), arguments or {},
            {"target": self._seams.host},
        )
        try:
            begun = self._seams.store.begin(operation, moves or action.moves, changes or {})
        except (StateConflict, InstanceNotFound) as error:
            LOG.info("No %s of %s: %s", kind, instance.uuid, error)
            return False
        self._submit(context, begun.id, instance.uuid)
        return True
