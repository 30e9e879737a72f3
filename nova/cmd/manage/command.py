"""What a command is, and what commands work with."""

from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from oslo_config import cfg

from nova import conf as options
from nova.core.clock import Clock
from nova.db.api.store import SqlApiStore
from nova.db.cell.store import SqlCellStore
from nova.db.configured import api_database, cell_database
from nova.objects.cloud import CellMapping


class Desk:
    """The databases as configured, opened when first needed."""

    def __init__(self, conf: cfg.ConfigOpts, clock: Clock) -> None:
        self.conf = conf
        self.clock = clock

    @cached_property
    def api(self) -> SqlApiStore:
        return SqlApiStore(api_database(self.conf, self.clock))

    def cell(self, mapping: CellMapping) -> SqlCellStore:
        connection = mapping.database_connection
        return SqlCellStore(mapping.uuid, cell_database(self.conf, self.clock, connection))


# Answers the exit code.
Run = Callable[[Desk, Namespace], int]


# Arguments of a command may be called like options of the configuration.
_OWN = "given_"


@dataclass(frozen=True)
class Argument:
    """What argparse's add_argument takes; `name` is the attribute it becomes."""

    name: str
    flags: tuple[str, ...]
    more: dict[str, Any]


def argument(flag: str, **more: Any) -> Argument:
    name = flag.lstrip("-").replace("-", "_")
    if flag.startswith("-"):
        more.setdefault("action", "store")
        if more["action"] == "store":
            more.setdefault("metavar", f"<{name}>")
        return Argument(name, (flag,), {**more, "dest": _OWN + name})
    return Argument(name, (_OWN + name,), more)


@dataclass(frozen=True)
class Command:
    """`nova-manage CATEGORY NAME`."""

    category: str
    name: str
    run: Run
    help: str
    arguments: tuple[Argument, ...] = ()


def load(
    program: str, argv: Sequence[str] | None, commands: Sequence[Command], misused: int
) -> cfg.ConfigOpts:
    """The options and the command; what its operator wrote wrong, there or in files, is told
    and ends the process with the code `misused`, whatever the library's own is."""
    try:
        return options.load(program, argv, prepare=lambda conf: register(conf, commands))
    except SystemExit as ended:
        raise SystemExit(misused if ended.code else 0) from None


def register(conf: cfg.ConfigOpts, commands: Sequence[Command]) -> None:
    """Make the commands arguments of the process."""

    def add(categories: Any) -> None:
        parsers: dict[str, Any] = {}
        for command in commands:
            if command.category not in parsers:
                parser = categories.add_parser(command.category)
                parsers[command.category] = parser.add_subparsers(
                    dest="action", required=True, metavar="COMMAND"
                )
            _add(parsers[command.category], command)

    conf.register_cli_opts([
        cfg.SubCommandOpt("category", title="Command categories", handler=add),
        cfg.BoolOpt("post-mortem", default=False, help="Start the debugger on a surprise."),
    ])  # fmt: skip
    # The messaging library's own, which no command needs otherwise.
    conf.register_opt(cfg.StrOpt("transport_url", secret=True))


def run_chosen(desk: Desk) -> int:
    """Run the command that the process was started with; its exit code."""
    given = desk.conf.category
    command: Command = given.command
    values = {each.name: getattr(given, _OWN + each.name) for each in command.arguments}
    return command.run(desk, Namespace(**values))


def _add(actions: Any, command: Command) -> None:
    parser = actions.add_parser(command.name, help=command.help, description=command.help)
    for each in command.arguments:
        parser.add_argument(*each.flags, **each.more)
    parser.set_defaults(command=command)
