"""What a compute host may keep and ask: relayed by the conductor, or straight in one process."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from nova.core.states import Transition
from nova.objects.host import ComputeNode, HostDevice, Service
from nova.objects.server import Instance, Operation, Outcome


class HostStore(Protocol):
    """Every method is one round trip."""

    def start(self, service: Service, nodes: Sequence[ComputeNode], owner: str) -> tuple[
        Service, list[ComputeNode], list[Instance], list[Operation]
    ]:
        """A host starts: register it and its hypervisors, and learn its servers and what is
        open for it.  What earlier processes of this host (owners with the same
        'compute:HOST:' prefix) still held becomes free."""

    def report(
        self, host: str, owner: str, operation_ids: Sequence[int]
    ) -> list[tuple[int, str]]:
        """Heartbeat: the service is up, and `owner` works on these operations.  Answers (operation
        id, instance uuid) of open operations that wait for this host (their progress names it as
        `target`) and that nobody has claimed for some seconds."""

    def service(self, host: str) -> Service:
        """The host's own service as operators left it (disabled, forced down)."""

    def report_nodes(self, nodes: Sequence[ComputeNode]) -> None: ...

    def report_devices(self, node_uuid: str, devices: Sequence[HostDevice]) -> None:
        """All PCI devices that a node offers, with who has them."""

    def claim(self, operation_id: int, owner: str, instance: Mapping[str, Any] | None = None) -> (
        tuple[Operation, Instance]
    ):
        """Take an operation; `instance` are columns to set with it (task_state, host, ...).
        OperationLost when it is over, somebody else's, or another host's turn."""

    def begin(
        self, operation: Operation, moves: Transition, changes: Mapping[str, Any]
    ) -> Operation:
        """Take the server's state and open an operation that the host found to be done, as
        `Operations.begin`.  StateConflict, InstanceNotFound."""

    def progress(
        self, operation: Operation, owner: str, instance: Mapping[str, Any],
        after: Sequence[str | None] = (),
    ) -> None:
        """Show how far it is: columns of the instance, without waiting for an answer.

        `after` are the task states that it follows upon: messages may overtake one another, and
        what comes after its successor is not shown.
        """

    def settle(self, operation: Operation, owner: str, outcome: Outcome) -> bool:
        """False: another operation had taken the server, the outcome is not kept."""

    def hand_back(self, operation: Operation, owner: str, outcome: Outcome) -> None:
        """This host's part of a workflow is over (done, or failed and undone): the conductor
        goes on from `operation.cursor` with `operation.progress`."""

    def instances(self, host: str) -> list[Instance]: ...
    def gone(self, instance_uuids: Sequence[str]) -> list[str]:
        """Of these, the servers that once were and are no more, in no cell and not about to
        be built.  What never was a server of ours is not among them."""

    def outlived(
        self, host: str, instance_uuids: Sequence[str], *, building: bool = True
    ) -> list[str]:
        """Of these servers, those whose remains on `host` are nobody's: they are gone, or live
        elsewhere though they were made since the host serves.  An older one is not among them,
        nor what never was a server of ours: the host may have been renamed, or its guests be
        another cloud's.  `building`: also what is being built elsewhere now, and has no guest
        here but may have a claim, for it may be on its way."""

    def update_instance(
        self, uuid: str, changes: Mapping[str, Any], expected: Mapping[str, Any] | None = None
    ) -> None: ...
