"""Screens of a real guest, through the proxies and what they ask: tokens, and handshakes of
VNC and SPICE with QEMU itself."""

import socket
import struct
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from nova.cmd.consoles import dial
from nova.cmd.novncproxy import trust
from nova.console.gate import Gate
from nova.console.house import House
from nova.console.server import ProxyServer
from nova.rpc.calls import HostCalls
from tests.integration.real_guests.conftest import ADMIN, BANNER, TINY, RealCloud
from tests.stores import CELL1_UUID
from tests.websocket import Refused, WebSocket

pytestmark = pytest.mark.timeout(300)
KINDS = {"vnc": "novnc", "spice": "spice-html5"}


@pytest.fixture(scope="module")
def guest(cloud: RealCloud) -> Iterator[str]:
    made = cloud.made("seen", TINY)
    cloud.says(made, BANNER)
    yield made
    cloud.ended(made)


@pytest.fixture(scope="module")
def ports(cloud: RealCloud) -> Iterator[dict[str, int]]:
    """Of the proxies, by protocol."""
    hosts, cell = HostCalls(cloud.buses), cloud.stores.cell(CELL1_UUID)
    servers = {}
    for protocol, kind in KINDS.items():
        gate = Gate(cloud.api_conf, cloud.clock, cell, hosts, (kind,))
        trusted = trust(cloud.api_conf) if protocol == "vnc" else None
        listening = socket.create_server(("127.0.0.1", 0))
        servers[protocol] = ProxyServer(House(cloud.clock, gate, dial, trusted), listening)
        cloud.clock.spawn(f"proxy-{protocol}", servers[protocol].run)
    yield {protocol: server.port for protocol, server in servers.items()}
    for server in servers.values():
        server.stop()


def token(cloud: RealCloud, guest: str, protocol: str) -> str:
    wish = {"remote_console": {"protocol": protocol, "type": KINDS[protocol]}}
    reply = cloud.request("POST", f"/servers/{guest}/remote-consoles", wish)
    assert reply.status == 200, reply.body
    url = unquote(reply.body["remote_console"]["url"])
    return url.rpartition("token=")[2]


def test_vnc(cloud: RealCloud, guest: str, ports: dict[str, int]) -> None:
    screen = WebSocket(ports["vnc"], f"/?token={token(cloud, guest, 'vnc')}")
    assert screen.read(12) == b"RFB 003.008\n"
    screen.send(b"RFB 003.008\n")
    assert screen.read(2) == b"\x01\x01"
    screen.send(b"\x01")
    assert screen.read(4) == bytes(4)
    screen.send(b"\x01")
    width, height = struct.unpack("!HH", screen.read(4))
    assert width >= 320 and height >= 200
    screen.close()


def test_spice(cloud: RealCloud, guest: str, ports: dict[str, int]) -> None:
    """The main channel is opened: QEMU answers with its key."""
    screen = WebSocket(ports["spice"], f"/?token={token(cloud, guest, 'spice')}")
    hello = struct.pack("<IBBIII", 0, 1, 0, 0, 0, 18)
    screen.send(b"REDQ" + struct.pack("<III", 2, 2, len(hello)) + hello)
    magic, major, _, size = struct.unpack("<4sIII", screen.read(16))
    assert (magic, major) == (b"REDQ", 2)
    answer = screen.read(size)
    assert answer[:4] == bytes(4), "no error"
    assert len(answer) >= 4 + 162
    screen.close()


def test_a_proxy_shows_nothing_of_another_kind(
    cloud: RealCloud, guest: str, ports: dict[str, int]
) -> None:
    with pytest.raises(Refused) as refused:
        WebSocket(ports["vnc"], f"/?token={token(cloud, guest, 'spice')}")
    assert refused.value.status == 403


def test_tokens_expire(cloud: RealCloud, guest: str, ports: dict[str, int]) -> None:
    used = token(cloud, guest, "vnc")
    cell = cloud.stores.cell(CELL1_UUID)
    assert cell.consoles.find(used) is not None
    for conf in (cloud.api_conf, cloud.host_conf):
        conf.set_override("token_ttl", 0, group="consoleauth")
    late = token(cloud, guest, "vnc")
    for conf in (cloud.api_conf, cloud.host_conf):
        conf.clear_override("token_ttl", group="consoleauth")
    with pytest.raises(Refused) as refused:
        WebSocket(ports["vnc"], f"/?token={late}")
    assert refused.value.status == 403


def test_a_guest_that_was_moved_or_stopped_is_not_shown(
    cloud: RealCloud, guest: str, ports: dict[str, int]
) -> None:
    """Its port may be another's meanwhile."""
    held = token(cloud, guest, "vnc")
    cloud.did(guest, "os-stop", None, "SHUTOFF")
    with pytest.raises(Refused):
        WebSocket(ports["vnc"], f"/?token={held}")
    reply = cloud.request("POST", f"/servers/{guest}/remote-consoles",
                          {"remote_console": {"protocol": "vnc", "type": "novnc"}}, token=ADMIN)
    assert (reply.status, reply.body["badRequest"]["message"]) == (
        400, "Unavailable console type novnc.")
    cloud.did(guest, "os-start", None, "ACTIVE")
