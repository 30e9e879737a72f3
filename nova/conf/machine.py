"""Facts of this machine that serve as default values."""

import socket
from contextlib import closing

from oslo_config import cfg

# Any routable address will do: connecting a datagram socket sends nothing, it only
# makes the kernel choose the address this host would speak from.
_FAR_AWAY = ("192.0.2.1", 9)
_LOOPBACK = "127.0.0.1"


def primary_ipv4() -> str:
    """The address this host speaks from, or the loopback one without a route."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect(_FAR_AWAY)
        except OSError:
            return _LOOPBACK
        return str(probe.getsockname()[0])


def set_defaults(conf: cfg.ConfigOpts) -> None:
    """Fill in what only the running machine knows."""
    name = socket.gethostname()
    conf.set_default("host", name)
    conf.set_default("console_host", name)
    conf.set_default("my_ip", primary_ipv4())
