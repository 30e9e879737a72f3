"""A network service with a user beside it; what only an operator or a user can do to it."""

from nova.clients.network.contract import PortDraft, Wiring
from nova.clients.network.memory import NetworkMemory, NetworkState
from nova.clients.network.neutron import connect
from nova.clients.network.servers import ServerNetworking
from nova.context import RequestContext
from tests.contracts.clients_endpoints import URLS, Observed

SERVER, OTHER_SERVER = (f"{n}dd2b5b5-2f0f-4a52-9c6b-5b9d9b0b3c11" for n in (1, 2))
# A kind of interface that no host of these worlds has.
MISSING_KIND = "direct"


class MemoryWorld:
    def __init__(self, clock):
        self.observed = Observed()
        self.state = NetworkState(clock.lock, self._count)
        self.state.refused_kinds = {MISSING_KIND}
        self.service = NetworkMemory(self.state)
        self.servers = ServerNetworking(self.service, clock)
        self.context = RequestContext(user_id="u", project_id="demo", roles=("member",))
        self.stranger = RequestContext(user_id="v", project_id="other", roles=("member",))

    def _count(self, operation):
        self.observed.calls.append(operation)

    def add_network(self, name, cidr=None, *, owner=None, **facts):
        owner = (owner or self.context).project_id
        return self.state.add_network(owner, name, cidr, **facts)

    def limit_ports(self, limit):
        self.state.port_limit = limit


class EmbeddedWorld:
    def __init__(self, cloud, clock):
        self._cloud = cloud
        self.observed = Observed()
        self.service = connect(cloud.conf, clock, observer=self.observed, transport=cloud.transport)
        self.servers = ServerNetworking(self.service, clock)
        self.context = cloud.context()
        self.stranger = cloud.context("admin", "admin")
        self._root = self.stranger.auth_token

    def add_network(self, name, cidr=None, *, owner=None, **facts):
        words = {"shared": "shared", "external": "router:external",
                 "port_security_enabled": "port_security_enabled"}  # fmt: skip
        told = {words[fact]: value for fact, value in facts.items()}
        owner = (owner or self.context).project_id
        body = {"network": {"name": name, "tenant_id": owner, **told}}
        network = self._send("POST", "networks", body)["network"]
        if cidr is not None:
            body = {"network_id": network["id"], "cidr": cidr, "ip_version": 4}
            self._send("POST", "subnets", {"subnet": {**body, "tenant_id": owner}})
        return self.service.networks.list(self.context, [network["id"]])[0]

    def limit_ports(self, limit):
        body = {"quota": {"port": limit}}
        self._send("PUT", f"quotas/{self.context.project_id}", body)

    def _send(self, method, path, body):
        answer = self._cloud.transport().request(
            method,
            f"{URLS['network']}/v2.0/{path}",
            json=body,
            headers={"X-Auth-Token": self._root},
        )
        answer.raise_for_status()
        return answer.json()


def draft(context, network, **facts):
    plain = {"device_id": SERVER, "device_owner": "compute:nova"}
    return PortDraft(network.id, context.project_id, **{**plain, **facts})


def own_port(world, network, **facts):
    """A port the user made, of no server yet."""
    free = draft(world.context, network, device_id="", device_owner="", **facts)
    return world.service.ports.create(world.context, [free])[0]


def wiring(context, host="host-1", server=SERVER, **facts):
    return Wiring(server, context.project_id, host, zone="nova", hostname="web", **facts)
