"""nova-spicehtml5proxy: SPICE screens of guests in browsers."""

import sys
from typing import Any

from nova.cmd.consoles import Proxy
from nova.cmd.consoles import main as live

PROXY = Proxy(
    program="nova-spicehtml5proxy",
    types=("spice-html5",),
    group="spice",
    host="html5proxy_host",
    port="html5proxy_port",
    web="/usr/share/spice-html5",
)


def main(argv: Any = None) -> int:
    return live(PROXY, argv)


if __name__ == "__main__":
    sys.exit(main())
