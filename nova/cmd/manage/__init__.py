"""nova-manage: look after the databases, the cells and what they map."""

import pdb
import sys
import traceback
from collections.abc import Sequence

from oslo_config import cfg
from oslo_log import log

from nova.cmd.manage import (
    archiving,
    attachments,
    auditing,
    cells,
    databases,
    healing,
    hosts,
    image_property,
    instances,
    ironic,
    limits,
    machine_types,
    mirroring,
    online,
    scheduling,
)
from nova.cmd.manage.command import Command, Desk, load, run_chosen
from nova.core.clock import RealClock
from nova.errors import NovaError

PROGRAM = "nova-manage"
MISUSED, UNEXPECTED = 1, 255
_TOPICS = (
    databases, archiving, online, ironic, cells, hosts, instances, healing, mirroring, auditing,
    scheduling,
    machine_types, image_property, attachments, limits,
)  # fmt: skip
COMMANDS: tuple[Command, ...] = tuple(each for topic in _TOPICS for each in topic.COMMANDS)


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of the command; 1 for what its operator wrote wrong, 255 for a surprise."""
    conf = load(PROGRAM, argv, COMMANDS, MISUSED)
    # Standard output is for what is answered.
    conf.set_default("use_stderr", True)
    log.setup(conf, "nova")
    return _run(conf)


def _run(conf: cfg.ConfigOpts) -> int:
    try:
        return run_chosen(Desk(conf, RealClock()))
    except NovaError as error:
        print(f"{PROGRAM}: {' '.join(error.message.split())}", file=sys.stderr)
        return MISUSED
    except Exception:
        if conf.post_mortem:
            pdb.post_mortem()
        else:
            print("An error has occurred:", file=sys.stderr)
            traceback.print_exc()
        return UNEXPECTED
