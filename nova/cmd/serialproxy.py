"""nova-serialproxy: serial lines of guests over web sockets."""

import sys
from typing import Any

from nova.cmd.consoles import Proxy
from nova.cmd.consoles import main as live

PROXY = Proxy(
    program="nova-serialproxy",
    types=("serial",),
    group="serial_console",
    host="serialproxy_host",
    port="serialproxy_port",
    web=None,
)


def main(argv: Any = None) -> int:
    return live(PROXY, argv)


if __name__ == "__main__":
    sys.exit(main())
