"""Time, threads and sockets are reached through seams, so that tests can own them."""

import ast
from collections.abc import Iterator

from tools.house.source import Complaint, Source

FORBIDDEN = frozenset(
    {
        "time.time",
        "time.sleep",
        "time.monotonic",
        "time.perf_counter",
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "timeutils.utcnow",
        "timeutils.now",
        "threading.Thread",
        "threading.Timer",
        "socket.socket",
        "socket.create_connection",
        "eventlet.spawn",
        "eventlet.sleep",
        "futures.ThreadPoolExecutor",
        "concurrent.futures.ThreadPoolExecutor",
        "ThreadPoolExecutor",
    }
)

ALLOWED = {
    # The wiring picks the real clock, threads and sockets.
    "nova/cmd": FORBIDDEN,
    "nova/wsgi": FORBIDDEN,
    "nova/standalone": FORBIDDEN,
    # The seam itself.
    "nova/core/clock.py": FORBIDDEN,
    # The address this host speaks from is asked of the kernel.
    "nova/conf/machine.py": frozenset({"socket.socket"}),
    # Which ports are free is asked of the kernel.
    "nova/virt/libvirt/plugging/ovsdb.py": frozenset({"socket.socket", "socket.create_connection"}),
    "nova/virt/libvirt/serial_ports.py": frozenset({"socket.socket"}),
    # The binding calls back in threads it starts itself, and wants one to wait in.
    "nova/virt/libvirt": frozenset({"threading.Thread"}),
}


def look(source: Source) -> Iterator[Complaint]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            called = _dotted(node.func)
            if called in FORBIDDEN and called not in _allowed(source):
                yield source.complain(node, f"{called}(): take a clock as a parameter instead")


def _allowed(source: Source) -> frozenset[str]:
    lists = [allowed for place, allowed in ALLOWED.items() if source.under(place)]
    return frozenset[str]().union(*lists)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"
