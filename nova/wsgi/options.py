"""Options of an application that an operator's own WSGI server loads."""

import os
from pathlib import Path

from oslo_config import cfg

from nova import conf as options
from nova.cmd.process import begin_logging, choose_concurrency, settle


def of_server(program: str) -> cfg.ConfigOpts:
    """Those of `program`, from $OS_NOVA_CONFIG_DIR/nova.conf where that is set: such a server's
    command line is its own.  Logging begins, and the concurrency of libraries is chosen.

    A mistake in them ends the process with a line on stderr.
    """
    directory = os.environ.get("OS_NOVA_CONFIG_DIR")
    files = [str(Path(directory) / "nova.conf")] if directory else None
    conf = options.load(program, [], files, parsed=choose_concurrency)
    begin_logging(conf, program)
    settle(conf)
    return conf
