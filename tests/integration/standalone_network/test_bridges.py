"""The bridges fabric on this very host: DHCP, routing, filters, and no leftovers.

Guests are network namespaces whose devices are put into the bridges as a
hypervisor does it. Needs root; addresses are from 10.213.0.0/16.
"""

import hashlib
import hmac
import json
import os
import shutil
import time
from pathlib import Path

import openstack
import pytest

from nova.core.clock import RealClock
from nova.standalone.services import Settings, start_services
from nova.standalone.web.serving import listen
from tests.integration.standalone_network.hosts import Guest, Namespace, run

TOOLS = ("ip", "nft", "dnsmasq", "busybox")
pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, TOOLS)),
    reason="needs root and " + ", ".join(TOOLS),
)
SERVER = "2f2f1f44-7d7b-4c58-8b29-4a2f7e1e6f0a"


class Compute:
    """An endpoint that takes external events and remembers them."""

    def __init__(self):
        self.events = []
        self.tokens = []
        self._listener = listen("compute", self, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._listener.port}/v2.1"

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        assert environ["PATH_INFO"] == "/v2.1/os-server-external-events"
        self.events += json.loads(body)["events"]
        self.tokens.append(environ["HTTP_X_AUTH_TOKEN"])
        start_response("200 OK", [("Content-Type", "application/json")])
        return [body]

    def names(self, port):
        return [event["name"] for event in self.events if event["tag"] == port.id]

    def stop(self):
        self._listener.stop()


class Metadata:
    """Compute's metadata service, which only repeats what it is told."""

    def __init__(self):
        self._listener = listen("metadata-service", self, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._listener.port}"

    def __call__(self, environ, start_response):
        names = ("INSTANCE_ID", "TENANT_ID", "INSTANCE_ID_SIGNATURE")
        told = [environ["PATH_INFO"], *(environ[f"HTTP_X_{name}"] for name in names)]
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [" ".join(told).encode()]

    def stop(self):
        self._listener.stop()


class Host:
    """The services, their clients, and everything that must go in the end."""

    def __init__(self, directory):
        self.directory = directory
        self.compute = Compute()
        self.metadata = Metadata()
        self.guests = []
        self.mark = hashlib.sha256(str(directory / "state").encode()).hexdigest()[:8]
        self.start()

    def prepare(self):
        made = self.demo.network.create_network(name="net")
        self.demo.network.create_subnet(
            network_id=made.id, ip_version=4, cidr="10.213.1.0/24", name="sub"
        )
        self.net = made
        self.bridge = f"brq{made.id[:11]}"

    def start(self):
        settings = Settings(
            state=self.directory / "state",
            identity_port=0,
            image_port=0,
            network_port=0,
            compute_url=self.compute.url,
            metadata_url=self.metadata.url,
            metadata_secret="shared",
            fabric="bridges",
        )
        self.services = start_services(settings, RealClock())
        self.admin, self.demo = (self._connect(name) for name in ("admin", "demo"))

    def bound(self, network=None, **wishes):
        network = network or self.net
        port = self.demo.network.create_port(network_id=network.id, **wishes)
        return self.admin.network.update_port(
            port, binding_host_id="here", device_id=SERVER, device_owner="compute:nova"
        )

    def guest(self, port):
        self.guests.append(Guest(port, f"brq{port.network_id[:11]}", self.directory))
        self.until(lambda: self.status(port) == "ACTIVE")
        return self.guests[-1]

    def booted(self, **wishes):
        guest = self.guest(self.bound(**wishes))
        return guest, guest.lease()[0]

    def status(self, port):
        return self.demo.network.get_port(port.id).status

    def until(self, true):
        deadline = time.monotonic() + 10
        while not true():
            assert time.monotonic() < deadline, "it did not happen in 10 seconds"
            time.sleep(0.02)

    def end(self):
        for guest in self.guests:
            guest.remove()
        self.services.teardown()
        self.compute.stop()
        self.metadata.stop()

    def _connect(self, name):
        path = self.directory / "state" / "clouds.yaml"
        config = openstack.config.OpenStackConfig(config_files=[str(path)])
        return openstack.connection.Connection(config=config.get_one(cloud=name))


@pytest.fixture
def host(tmp_path, monkeypatch):
    monkeypatch.delenv("OS_CLIENT_CONFIG_FILE", raising=False)
    made = Host(tmp_path)
    try:
        made.prepare()
        yield made
    finally:
        made.end()


def dnsmasqs(bridge):
    return run("pgrep", "-f", f"nova-standalone-.*/dhcp-{bridge}", check=False).stdout.split()


def test_a_guest_comes_up_and_goes(host):
    port = host.bound(dns_name="web")
    assert (port.status, port.binding_vif_type) == ("DOWN", "bridge")
    assert port.binding_vif_details["bridge_name"] == host.bridge
    guest = host.guest(port)
    assert (
        host.compute.names(port) == ["network-vif-plugged"]
        or host.until(lambda: host.compute.names(port) == ["network-vif-plugged"]) is None
    )
    assert host.services.identity.tokens.validate(host.compute.tokens[0]).is_service
    mtu = str(host.net.mtu)
    assert guest.lease() == [
        port.fixed_ips[0]["ip_address"],
        "10.213.1.1",
        "10.213.1.1",
        mtu,
        "web",
    ]
    assert guest.pings("10.213.1.1")
    found = guest.run("busybox", "nslookup", "web", "10.213.1.1", check=False).stdout
    assert port.fixed_ips[0]["ip_address"] in found
    guest.remove()
    host.until(lambda: host.status(port) == "DOWN")
    host.until(lambda: host.compute.names(port)[-1] == "network-vif-unplugged")
    host.demo.network.delete_port(port)
    host.until(lambda: host.compute.names(port)[-1] == "network-vif-deleted")


def test_metadata_knows_who_asks(host):
    guest, _ = host.booted()
    asked = ("busybox", "wget", "-q", "-O", "-", "http://169.254.169.254/latest/meta-data/")
    path, server, project, signature = guest.run(*asked).stdout.split()
    assert (path, server) == ("/latest/meta-data/", SERVER)
    assert project == host.demo.current_project_id
    assert signature == hmac.new(b"shared", SERVER.encode(), "sha256").hexdigest()
    guest.run("ip", "addr", "add", "10.213.1.99/24", "dev", "eth0")
    other = ("busybox", "nc", "-w", "1", "-s", "10.213.1.99", "169.254.169.254", "80")
    assert guest.run(*other, input="GET / HTTP/1.0\r\n\r\n", check=False).stdout == ""


def test_groups_let_in_what_they_permit_and_answers(host):
    network = host.demo.network
    first, _ = host.booted()
    friend, friendly = host.booted()
    closed = network.create_security_group(name="closed")
    shut, hidden = host.booted(security_groups=[closed.id])
    assert first.pings(friendly)
    assert shut.silent(friendly)
    assert first.silent(hidden)
    assert shut.pings("10.213.1.1")
    network.create_security_group_rule(
        security_group_id=closed.id, direction="ingress", protocol="icmp"
    )
    host.until(lambda: first.pings(hidden))
    listener = ("busybox", "nc", "-l", "-p", "8080", "-e", "echo", "hello")
    assert not fetch(first, shut, hidden, listener)
    network.create_security_group_rule(
        security_group_id=closed.id,
        direction="ingress",
        protocol="tcp",
        port_range_min=8080,
        port_range_max=8080,
    )
    host.until(lambda: fetch(first, shut, hidden, listener))
    assert fetch(shut, friend, friendly, listener) is False


def fetch(client, server, address, listener):
    """Whether the client gets the server's greeting over TCP."""
    serving = ("timeout", "4", *listener)
    shell = " ".join(("ip", "netns", "exec", server.name, *serving))
    run("sh", "-c", f"{shell} >/dev/null 2>&1 &")
    for _ in range(3):
        time.sleep(0.1)
        told = client.run("busybox", "nc", "-w", "1", address, "8080", check=False).stdout
        if "hello" in told:
            return True
    return False


def test_a_guest_speaks_for_itself_only(host):
    port = host.bound()
    guest = host.guest(port)
    assert guest.lease()[0] == port.fixed_ips[0]["ip_address"]
    assert guest.pings("10.213.1.1")
    guest.run("ip", "addr", "add", "10.213.1.77/24", "dev", "eth0")
    assert guest.silent("10.213.1.1", "-I", "10.213.1.77")
    guest.run("ip", "link", "set", "eth0", "address", "02:00:00:00:00:99")
    assert guest.silent("10.213.1.1")
    host.admin.network.update_port(port, port_security_enabled=False, security_groups=[])
    host.until(lambda: guest.pings("10.213.1.1", "-I", "10.213.1.77"))


def test_guests_reach_out_but_nobody_reaches_in(host):
    guest, address = host.booted()
    outside = Namespace()
    host.guests.append(outside)
    run("ip", "link", "add", "nsaout0", "type", "veth", "peer", "name", "eth0",
        "netns", outside.name)  # fmt: skip
    run("ip", "addr", "add", "10.214.255.1/30", "dev", "nsaout0")
    run("ip", "link", "set", "nsaout0", "up")
    outside.run("ip", "addr", "add", "10.214.255.2/30", "dev", "eth0")
    outside.run("ip", "link", "set", "eth0", "up")
    assert guest.pings("10.214.255.2")  # which knows no way back but to the host
    outside.run("ip", "route", "add", "10.213.0.0/16", "via", "10.214.255.1")
    assert outside.silent(address)


def test_networks_are_apart(host):
    guest, address = host.booted()
    other = host.demo.network.create_network(name="other")
    host.demo.network.create_subnet(network_id=other.id, ip_version=4, cidr="10.213.2.0/24")
    stranger, far = host.booted(network=other, port_security_enabled=False)
    assert stranger.pings("10.213.2.1")
    host.demo.network.create_security_group_rule(
        security_group_id=host.demo.network.find_security_group("default").id,
        direction="ingress",
        protocol="icmp",
    )
    host.until(lambda: not run("ping", "-c1", "-W1", address, check=False).returncode)
    assert guest.silent(far)
    assert stranger.silent(address)
    with pytest.raises(openstack.exceptions.BadRequestException):
        host.demo.network.create_subnet(network_id=other.id, ip_version=4, cidr="10.213.1.0/25")


def test_an_address_moves_to_a_new_guest(host):
    port = host.bound(fixed_ips=[{"ip_address": "10.213.1.50"}])
    old = host.guest(port)
    assert old.lease()[0] == "10.213.1.50"
    old.remove()
    host.demo.network.delete_port(port)
    again = host.bound(fixed_ips=[{"ip_address": "10.213.1.50"}])
    assert host.guest(again).lease()[0] == "10.213.1.50"


def test_a_restart_adopts_and_a_teardown_leaves_nothing(host):
    port = host.bound()
    guest = host.guest(port)
    guest.lease()
    helpers = dnsmasqs(host.net.id)
    assert len(helpers) == 1
    host.services.stop()
    assert guest.pings("10.213.1.1")
    late = host.guests[0]
    host.start()
    assert host.status(port) == "ACTIVE"
    assert dnsmasqs(host.net.id) == helpers
    host.until(lambda: late.pings("10.213.1.1"))
    new = host.bound()
    host.guest(new).lease()
    assert dnsmasqs(host.net.id) == helpers
    assert sum(host.mark in line for line in tables()) == 2
    host.services.teardown()
    assert not Path(f"/sys/class/net/{host.bridge}").exists()
    assert dnsmasqs(host.net.id) == []
    assert not any(host.mark in line for line in tables())
    assert not Path(f"/run/nova-standalone-{host.mark}").exists()
    host.start()  # for the end to have something to end


def tables():
    return run("nft", "list", "tables").stdout.splitlines()
