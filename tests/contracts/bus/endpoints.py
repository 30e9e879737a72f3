"""What the tests have served."""

import threading
from typing import Any

from nova.context import RequestContext
from nova.errors import Refused
from nova.objects.store.errors import OperationLost

PATIENCE = 10.0


class Endpoint:
    """Remembers what it is told, answers what it is asked."""

    not_a_method = "data"

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.told: list[Any] = []
        self.contexts: list[RequestContext] = []
        self.entered = threading.Event()
        self.may_go_on = threading.Event()
        self.changed = threading.Condition()

    def echo(self, context: RequestContext, **values: Any) -> Any:
        self.contexts.append(context)
        return values

    def who(self, context: RequestContext) -> str:
        return self.name

    def tell(self, context: RequestContext, value: Any) -> None:
        with self.changed:
            self.told.append(value)
            self.changed.notify_all()

    def was_told(self, count: int) -> list[Any]:
        """What was told, once it is so much."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.told) >= count, PATIENCE), self.told
            return list(self.told)

    def lose(self, context: RequestContext) -> None:
        raise OperationLost(operation_id=7, owner="compute:host1:abc")

    def refuse(self, context: RequestContext) -> None:
        raise Refused(code=409, message="Not {now}.")

    def stumble(self, context: RequestContext) -> None:
        raise ZeroDivisionError("by nought")

    def dawdle(self, context: RequestContext) -> str:
        self.entered.set()
        assert self.may_go_on.wait(PATIENCE)
        self.told.append("done")
        return "done"

    def _hidden(self, context: RequestContext) -> str:
        return "secret"
