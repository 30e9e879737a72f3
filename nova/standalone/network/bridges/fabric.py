"""The wishes made so on this host, again and again until they are.

One thread compares what is with what is wished and repairs the difference: at
start (so that a crashed run is adopted), when the API says something changed,
and when the kernel says a device came or went.
"""

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from nova.core.clock import Clock, Task
from nova.standalone.network.bridges.commands import run
from nova.standalone.network.bridges.dhcp import Dhcp
from nova.standalone.network.bridges.firewall import bridge_table, inet_table, port_chains
from nova.standalone.network.bridges.links import Bridges, Forwarding, uplink_mtu
from nova.standalone.network.bridges.watch import LinkWatch
from nova.standalone.network.fabric import Cloud, FabricError, FabricTraits, NetworkPlan, Vif

LOG = logging.getLogger(__name__)
AGAIN = 5.0
TABLE = "nova_standalone"


class BridgesFabric:
    """`directory` is for its files (short-lived, readable by dnsmasq's user).

    `table` names its nftables tables: two clouds on one host need two names.
    `metadata_port` of this host is where guests find 169.254.169.254.
    """

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        dns_servers: tuple[str, ...] = (),
        table: str = TABLE,
        metadata_port: int | None = None,
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._dns_servers = dns_servers
        self._table = table
        self._metadata_port = metadata_port
        self._bridges = Bridges(f"nova-standalone {directory}")
        self._forwarding = Forwarding(directory)
        # Guards the host. Never held while the API is asked: it may wait for us in ready().
        self._lock = clock.lock()
        self._wake = clock.event()
        self._stopping = clock.event()
        self._tasks: list[Task] = []
        self._watch: LinkWatch | None = None
        self._carried: frozenset[str] | None = None
        self._ready: dict[str, NetworkPlan] = {}
        self._applied: dict[str, str] = {}
        self._chains: set[str] = set()
        self._traits = FabricTraits(uplink_mtu(), frozenset({4}), overlapping=False, filters=True)

    @property
    def traits(self) -> FabricTraits:
        return self._traits

    def start(self, cloud: Cloud) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        self._forwarding.enable()
        self._drop_table("bridge")
        self._watch = LinkWatch(self.refresh)
        self._wake.set()
        self._tasks = [
            self._clock.spawn("network-links", self._watch.run),
            self._clock.spawn("network-fabric", self._follow, cloud),
        ]

    def ready(self, network: NetworkPlan) -> Vif:
        with self._lock:
            self._ensure(network)
        details = {"connectivity": "l2", "port_filter": True, "bridge_name": network.bridge}
        return Vif("bridge", details)

    def carries(self, port_id: str) -> bool:
        return port_id in (self._carried or ())

    def refresh(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._wake.set()
        if self._watch:
            self._watch.stop()
        for task in self._tasks:
            task.join(AGAIN)

    def teardown(self) -> None:
        self.stop()
        with self._lock:
            for directory in self._directory.glob("dhcp-*"):
                Dhcp(directory).stop()
            for name in self._bridges.ours():
                self._bridges.remove(name)
            for family in ("bridge", "inet"):
                self._drop_table(family)
            self._forwarding.restore()
            shutil.rmtree(self._directory, ignore_errors=True)

    def _follow(self, cloud: Cloud) -> None:
        delay: float | None = None
        while True:
            self._wake.wait(delay)
            self._wake.clear()
            if self._stopping.is_set():
                return
            try:
                delay = None if self._settle(cloud) else AGAIN
            except Exception:
                LOG.exception("The networks of this host are not as wished")
                delay = AGAIN

    def _settle(self, cloud: Cloud) -> bool:
        """One round; False when something is left to be tried again."""
        plans = cloud.plans()
        with self._lock:
            done = [plan for plan in plans if self._made(plan)]
            self._remove_others(plans)
            self._filter(done)
            carried = self._present(done)
        self._report(cloud, plans, carried)
        return len(done) == len(plans)

    def _made(self, plan: NetworkPlan) -> bool:
        try:
            self._ensure(plan)
            self._dhcp(plan.id).follow(plan)
        except FabricError:
            LOG.exception("Network %s cannot be had on this host", plan.id)
            return False
        return True

    def _ensure(self, plan: NetworkPlan) -> None:
        """The bridge; looked at again only when its part of the plan is new."""
        bare = NetworkPlan(plan.id, plan.mtu, plan.up, "", plan.subnets)
        there = plan.bridge in self._bridges.ours()
        if not there or self._ready.get(plan.id) != bare:
            self._bridges.ensure(plan)
            self._ready[plan.id] = bare

    def _remove_others(self, plans: Sequence[NetworkPlan]) -> None:
        wanted = {plan.bridge for plan in plans}
        for directory in self._directory.glob("dhcp-*"):
            if directory.name.removeprefix("dhcp-") not in {plan.id for plan in plans}:
                Dhcp(directory).stop()
                shutil.rmtree(directory)
        for name in self._bridges.ours() - wanted:
            self._bridges.remove(name)

    def _filter(self, plans: Sequence[NetworkPlan]) -> None:
        chains = port_chains(plans)
        strangers = self._strangers(plans)
        stale = self._chains - chains
        self._apply("bridge", bridge_table(self._table, plans, stale, strangers))
        self._chains = chains
        self._apply("inet", inet_table(self._table, plans, self._metadata_port))

    def _strangers(self, plans: Sequence[NetworkPlan]) -> set[str]:
        """Devices on our bridges that no bound port stands for."""
        return {
            device
            for plan in plans
            for device in self._bridges.devices(plan.bridge)
            - {port.device for port in plan.ports if port.bound and port.up}
        }

    def _apply(self, family: str, script: str) -> None:
        if self._applied.get(family) != script:
            run("nft", "-f", "-", feed=script)
            self._applied[family] = script

    def _present(self, plans: Sequence[NetworkPlan]) -> frozenset[str]:
        found: set[str] = set()
        for plan in plans:
            devices = self._bridges.devices(plan.bridge)
            found |= {
                port.id for port in plan.ports if port.bound and port.up and port.device in devices
            }
        return frozenset(found)

    def _report(self, cloud: Cloud, plans: Sequence[NetworkPlan], carried: frozenset[str]) -> None:
        before, self._carried = self._carried, carried
        bound = {port.id for plan in plans for port in plan.ports if port.bound}
        news = bound if before is None else before ^ carried
        if news:
            report: Mapping[str, bool] = {port: port in carried for port in news}
            cloud.carried(report)

    def _dhcp(self, network_id: str) -> Dhcp:
        return Dhcp(self._directory / f"dhcp-{network_id}", self._dns_servers)

    def _drop_table(self, family: str) -> None:
        run("nft", "-f", "-", feed=f"add table {family} {self._table}\n"
            f"delete table {family} {self._table}\n")  # fmt: skip
