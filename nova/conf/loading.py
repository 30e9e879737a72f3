"""Reading the configuration when a process starts."""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NoReturn

from oslo_config import cfg

from nova.conf import checking, dynamic, keystoneauth
from nova.conf.opts import own_options, register_own
from nova.version import RELEASE

Hook = Callable[[cfg.ConfigOpts], None]


def load(
    prog: str,
    argv: Sequence[str] | None = None,
    config_files: Sequence[str] | None = None,
    *,
    project: str = "nova",
    arguments: Mapping[str, Sequence[str]] | None = None,
    prepare: Hook | None = None,
    parsed: Hook | None = None,
    unread: Collection[str] = (),
) -> cfg.ConfigOpts:
    """Read arguments and files; a mistake ends the process with one line on stderr.

    `argv` are the arguments without the program's name (None: those of the process).
    `config_files` replaces the search for `project`.conf in /etc/`project` and in the
    home directory; `--config-file` and `--config-dir` in `argv` replace both.
    `arguments` names options, by group, that may also be given as arguments.
    `prepare` runs before the arguments are parsed and may register more of them.
    `parsed` runs when values can be read, and before HTTP and messaging libraries are
    loaded: the moment to pick the concurrency backend.
    `unread` are groups of libraries that this process does not use: it need not load
    them to look for mistakes.
    """
    conf = cfg.ConfigOpts()
    try:
        register_own(conf, arguments or {})
        if prepare is not None:
            prepare(conf)
        conf(
            argv,
            project=project,
            prog=prog,
            version=RELEASE,
            default_config_files=None if config_files is None else list(config_files),
        )
        if parsed is not None:
            parsed(conf)
        _finish(conf, prog, unread)
    except (cfg.Error, OSError, UnicodeDecodeError) as error:
        _stop(prog, " ".join(str(error).split()))
    return conf


def _finish(conf: cfg.ConfigOpts, prog: str, unread: Collection[str]) -> None:
    keystoneauth.register(conf)
    own = own_options()
    for section in dynamic.sections(conf):
        section.register(conf)
        own.setdefault(section.name, []).extend(section.options)
    found = checking.mistakes(conf, own, unread)
    if found:
        _stop(prog, "; ".join(found))


def _stop(prog: str, message: str) -> NoReturn:
    print(f"{prog}: {message}", file=sys.stderr)  # noqa: T201 - logging is not set up yet
    sys.exit(1)
