"""DHCP and names for a network: one dnsmasq on its bridge.

Ports come and go by rewriting its hosts files and SIGHUP. It is started anew
only when the subnets change, or when it still holds an address for a guest
that is gone and the address has a new owner.
"""

import ipaddress
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from nova.standalone.network.bridges.commands import run
from nova.standalone.network.fabric import FabricError, NetworkPlan, PortPlan, SubnetPlan
from nova.standalone.network.port_view import host_label

LEASE = "24h"
PATIENCE = 5.0


class Dhcp:
    """The helper of one network, adopted when an earlier run started it."""

    def __init__(self, directory: Path, dns_servers: tuple[str, ...] = ()) -> None:
        self._directory = directory
        self._dns_servers = dns_servers

    def follow(self, plan: NetworkPlan) -> None:
        """Serve as wished."""
        if not any(_served(plan)):
            self.stop()
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        self._directory.chmod(0o755)  # dnsmasq reads as a user of its own
        fresh = self._write("conf", "\n".join(self._config(plan)))
        changed = self._write("hosts", "\n".join(_reservations(plan)))
        changed |= self._write("names", "\n".join(_names(plan)))
        pid = self._pid()
        if pid and not fresh and not self._outdated(plan):
            if changed:
                os.kill(pid, signal.SIGHUP)
            return
        self._restart(plan)

    def stop(self) -> None:
        pid = self._pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        while self._pid() and time.monotonic() < deadline:
            time.sleep(0.01)

    def _restart(self, plan: NetworkPlan) -> None:
        self.stop()
        self._prune(plan)
        run("dnsmasq", f"--conf-file={self._path('conf')}")

    def _config(self, plan: NetworkPlan) -> Iterator[str]:
        yield from (
            f"interface={plan.bridge}",
            "except-interface=lo",
            "bind-dynamic",
            "no-hosts",
            "dhcp-authoritative",
            "dhcp-ignore=tag:!known",
            f"pid-file={self._path('pid')}",
            f"dhcp-leasefile={self._path('leases')}",
            f"dhcp-hostsfile={self._path('hosts')}",
            f"addn-hosts={self._path('names')}",
            f"dhcp-option-force=option:mtu,{plan.mtu}",
        )
        if plan.domain:
            yield from (f"domain={plan.domain}", f"local=/{plan.domain}/", "expand-hosts")
        if self._dns_servers:
            yield "no-resolv"
            yield from (f"server={server}" for server in self._dns_servers)
        for number, subnet in enumerate(_served(plan)):
            yield from _range(f"subnet{number}", subnet)

    def _outdated(self, plan: NetworkPlan) -> bool:
        owners = dict(_owners(plan))
        return any(owners.get(ip, mac) != mac for mac, ip, _ in self._leases())

    def _prune(self, plan: NetworkPlan) -> None:
        owners = dict(_owners(plan))
        kept = [line for mac, ip, line in self._leases() if owners.get(ip) == mac]
        self._path("leases").write_text("".join(line + "\n" for line in kept))

    def _leases(self) -> Iterator[tuple[str, str, str]]:
        try:
            text = self._path("leases").read_text()
        except OSError:
            return
        for line in text.splitlines():
            parts = line.split()
            if len(parts) >= 4:
                yield parts[1], parts[2], line

    def _pid(self) -> int | None:
        """Of a living dnsmasq of ours; a pid file may outlive it, and its number be reused."""
        try:
            pid = int(self._path("pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_text()
        except (OSError, ValueError):
            return None
        return pid if str(self._path("conf")) in command else None

    def _write(self, name: str, text: str) -> bool:
        """Whether this is news."""
        path = self._path(name)
        try:
            if path.read_text() == text:
                return False
        except OSError:
            pass
        try:
            partial = path.with_suffix(".part")
            partial.write_text(text)
            partial.rename(path)
        except OSError as error:
            raise FabricError(f"{path}: {error}") from error
        return True

    def _path(self, name: str) -> Path:
        return self._directory / name


def _served(plan: NetworkPlan) -> Iterator[SubnetPlan]:
    """DHCP needs an address of the host on the network: the gateway's."""
    for subnet in plan.subnets:
        if subnet.dhcp and subnet.gateway and plan.up and "." in subnet.cidr:
            yield subnet


def _range(tag: str, subnet: SubnetPlan) -> Iterator[str]:
    net = ipaddress.ip_network(subnet.cidr)
    yield f"dhcp-range=set:{tag},{net.network_address},static,{net.netmask},{LEASE}"
    yield f"dhcp-option=tag:{tag},option:router,{subnet.gateway}"
    if subnet.nameservers:
        yield f"dhcp-option=tag:{tag},option:dns-server,{','.join(subnet.nameservers)}"
    if subnet.routes:
        # Who takes option 121 ignores the router option: the default route is in it, too.
        routes = (*subnet.routes, ("0.0.0.0/0", str(subnet.gateway)))
        text = ",".join(f"{destination},{hop}" for destination, hop in routes)
        yield f"dhcp-option=tag:{tag},option:classless-static-route,{text}"


def _reservations(plan: NetworkPlan) -> Iterator[str]:
    """One address a port and line: dnsmasq takes one for each subnet of a bridge."""
    for port, address in _leased(plan):
        yield f"{port.mac},{host_label(port.hostname, address)},{address}"


def _names(plan: NetworkPlan) -> Iterator[str]:
    for port, address in _leased(plan):
        yield f"{address} {host_label(port.hostname, address)}"


def _owners(plan: NetworkPlan) -> Iterator[tuple[str, str]]:
    for port, address in _leased(plan):
        yield address, port.mac


def _leased(plan: NetworkPlan) -> Iterator[tuple[PortPlan, str]]:
    served = {subnet.id for subnet in _served(plan)}
    for port in plan.ports:
        for subnet, address in port.addresses:
            if subnet in served and port.bound:
                yield port, address
