"""What a user can do to a server, declared.

A subclass fills in the attributes and the one or two methods of its kind; the
API (nova/servers/face.py), the compute host and the conductor each run their
half of it.  See nova/servers/power/pause.py for a whole one.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from nova.core.call import Call
from nova.core.clock import minutes
from nova.core.policy import Policy
from nova.core.shape import ANYTHING, Field, Shape, obj
from nova.core.states import Transition
from nova.core.workflow import Run, Workflow
from nova.errors import NovaError, Unsupported
from nova.microversions import BASE, Microversion


class Action:
    """`name` is the key of the action's body, `record` what the timeline calls it,
    `word` what a refusal calls it; both default to the name.

    `more_policies` are those that `check` may enforce.

    `answers`: the user waits for its end, and is told of it.

    `needs` names the capability of the driver (a field of nova.virt.contract.Driver)
    without which a host refuses before anything happened.

    `kind` names the declaration inside an operation and so must stay as it is
    while any operation of it may be open; `version` rises when `arguments` or
    the steps change their meaning.
    """

    name: ClassVar[str]
    record: ClassVar[str] = ""
    word: ClassVar[str] = ""
    policy: ClassVar[Policy]
    more_policies: ClassVar[tuple[Policy, ...]] = ()
    body: ClassVar[Shape] = ANYTHING
    moves: ClassVar[Transition] = Transition()
    since: ClassVar[Microversion] = BASE
    until: ClassVar[Microversion | None] = None
    success: ClassVar[int] = 202
    deadline: ClassVar[timedelta] = minutes(10)
    refused_when_locked: ClassVar[bool] = True
    needs_host: ClassVar[bool] = False
    answers: ClassVar[bool] = False
    needs: ClassVar[str] = ""
    version: ClassVar[str] = "1.0"

    @property
    def kind(self) -> str:
        return self.name

    def recorded(self) -> str:
        return self.record or self.name

    def refusal_word(self) -> str:
        return self.word or self.name

    def shape(self) -> Shape:
        """The whole body: {name: body}."""
        return obj(Field(self.name, self.body, required=True))

    def chosen(self, call: Call[Any]) -> "Action":
        """The declaration to run: for an action whose body picks a variant."""
        return self

    def check(self, call: Call[Any], instance: Any) -> None:
        """Raise what forbids it in this very case.  Changes nothing."""

    def arguments(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        """What has to be remembered of the request: JSON values."""
        return {}

    def changes(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        """Columns of the instance that change at once, with the state."""
        return {}

    def answer(self, call: Call[Any], instance: Any) -> Any:
        """The body of the answer."""
        return None

    def ended(self, call: Call[Any], instance: Any, result: Any) -> Any:
        """The body of the answer when the user waited: `result` is `Run.answer` of the host."""
        return None

    def unsupported(self, instance: Any) -> NovaError:
        """What is said where the driver cannot: see `needs`."""
        return Unsupported()


class RecordAction(Action):
    """Changes only our record: done when accepted."""


class HostAction(Action):
    """Done by the one host that the server is on."""

    event: ClassVar[str] = ""

    def on_host(self, run: Run[Any]) -> Mapping[str, Any] | None:
        """Do it.  Answers columns of the instance to set at the end, if any."""
        raise NotImplementedError

    def failed(self, run: Run[Any], error: BaseException) -> Mapping[str, Any]:
        """Columns of the instance to set when it failed; task_state is cleared anyway."""
        return {}


class WorkflowAction(Action):
    """Done in steps, by the conductor and by hosts."""

    steps: ClassVar[Workflow] = ()

    def begin(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        """The progress to start with; `target` names the host that acts for HOST steps."""
        return {"target": instance.host}

    def done(self, run: Run[Any]) -> Mapping[str, Any]:
        """Columns of the instance to set at the end."""
        return {} if self.moves.to is None else {"vm_state": self.moves.to.value}

    def failed(self, run: Run[Any], error: BaseException) -> Mapping[str, Any]:
        return {}

    def reason(self, run: Run[Any], error: BaseException) -> BaseException:
        """What the user is told of a failure, by default what happened."""
        return error

    def creates(self) -> bool:
        """Whether it is what makes the guest: a host that loses it removes the guest."""
        return False

    def deletes(self) -> bool:
        """Whether the end of it is the end of the server's record."""
        return False

    def ends(self) -> bool:
        """Whether the server is its user's no more: who asks for it need not know of it."""
        return self.deletes()

    def spares_host(self) -> bool:
        """Whether others can finish it when its host is down."""
        return self.deletes()

    def adds(self) -> bool:
        """Whether it gives the server something that must not outlive it: a host that lost
        it takes its own steps back."""
        return self.creates()


class HostQuery(Action):
    """Asks the server's host something and waits; changes nothing, leaves no operation."""

    success = 200

    def on_host(self, seams: Any, instance: Any, arguments: Mapping[str, Any]) -> Any:
        raise NotImplementedError

    def told(self, call: Call[Any], instance: Any, cell: Any, answer: Any) -> Any:
        """The body of the answer, from what the host answered; `cell` is the server's store."""
        return answer


