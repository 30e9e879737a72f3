"""nova-novncproxy: VNC screens of guests in browsers."""

import sys
from typing import TYPE_CHECKING, Any

from oslo_config import cfg

from nova.cmd.consoles import Proxy
from nova.cmd.consoles import main as live

if TYPE_CHECKING:
    from nova.console.rfb.handshake import Trust


def trust(conf: cfg.ConfigOpts) -> "Trust":
    from nova.console.rfb.handshake import Trust
    from nova.console.rfb.schemes import Certificates

    vnc = conf.vnc
    return Trust(
        tuple(vnc.auth_schemes),
        Certificates(vnc.vencrypt_ca_certs, vnc.vencrypt_client_cert, vnc.vencrypt_client_key),
    )


PROXY = Proxy(
    program="nova-novncproxy",
    types=("novnc",),
    group="vnc",
    host="novncproxy_host",
    port="novncproxy_port",
    web="/usr/share/novnc",
    arguments=(
        "auth_schemes", "vencrypt_client_key", "vencrypt_client_cert", "vencrypt_ca_certs",
    ),
    trust=trust,
)  # fmt: skip


def main(argv: Any = None) -> int:
    return live(PROXY, argv)


if __name__ == "__main__":
    sys.exit(main())
