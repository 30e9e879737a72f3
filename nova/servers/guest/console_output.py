"""The end of a server's serial console."""

from collections.abc import Mapping
from typing import Any

from nova.core.action import HostQuery
from nova.core.call import Call
from nova.core.policy import MEMBER, Policy
from nova.core.shape import Field, obj, raw
from nova.core.states import Transition
from nova.errors import NotFound, Unsupported
from nova.objects.server import Instance
from nova.virt.contract.errors import ConsoleNotAvailable, GuestNotFound


class NoConsole(NotFound):
    template = "Guest does not have a console available."


class ConsoleOutput(HostQuery):
    name = "os-getConsoleOutput"
    policy = Policy("os-console-output", MEMBER, "Show the output of a server's console")
    body = obj(Field("length", raw(
        type=["integer", "string", "null"], pattern="^-?[0-9]+$", minimum=-1
    )))
    moves = Transition(tasks=None, launched_only=False)
    refused_when_locked = False
    needs_host = True

    def arguments(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        """`lines`: how many from the end; None: all that is kept."""
        length = call.body[self.name].get("length")
        wanted = None if length is None else int(length)
        return {"lines": None if wanted is None or wanted < 0 else wanted}

    def on_host(self, seams: Any, instance: Instance, arguments: Mapping[str, Any]) -> Any:
        if seams.driver.console is None:
            raise Unsupported()
        try:
            output = seams.driver.console.output(instance.uuid, tail_lines=arguments["lines"])
        except (ConsoleNotAvailable, GuestNotFound):
            raise NoConsole() from None
        return {"output": output.decode("utf-8", "replace")}
