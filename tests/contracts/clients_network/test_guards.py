"""Security groups of servers, which are those of their ports."""

import pytest

from nova.clients.network.contract import (
    SecurityGroupCannotBeApplied,
    SecurityGroupNotFound,
    SecurityGroupNotOfServer,
    ServerHasNoPorts,
)
from tests.contracts.clients_network.worlds import OTHER_SERVER, SERVER, draft


@pytest.fixture
def guards(world):
    return world.servers.guards


@pytest.fixture
def web(service, context):
    return service.security_groups.create(context, "web", "")


def names(guards, context, server=SERVER):
    found = guards.of(context, [SERVER, OTHER_SERVER])
    return sorted(group.name for group in found.get(server, ()))


def test_those_of_many_servers_in_two_calls(world, service, guards, context, net, web):
    for server in (SERVER, OTHER_SERVER):
        groups = (web.id,) if server == SERVER else ()
        port = draft(context, net, device_id=server, security_groups=groups)
        service.ports.create(context, [port, port])
    start = len(world.observed.calls)
    assert names(guards, context) == ["web"]
    assert len(world.observed.since(start)) == 2
    assert names(guards, context, OTHER_SERVER) == []
    assert guards.of(context, [SERVER])[SERVER][0].id == web.id


def test_added_and_taken_away(service, guards, context, net, web):
    service.ports.create(context, [draft(context, net, security_groups=())] * 2)
    guards.add(context, SERVER, "web")
    guards.add(context, SERVER, web.id)
    assert names(guards, context) == ["web"]
    guards.remove(context, SERVER, "web")
    assert names(guards, context) == []
    with pytest.raises(SecurityGroupNotOfServer):
        guards.remove(context, SERVER, "web")


def test_what_cannot_be_guarded(world, service, guards, context, net, web):
    with pytest.raises(ServerHasNoPorts):
        guards.add(context, SERVER, "web")
    with pytest.raises(ServerHasNoPorts):
        guards.remove(context, SERVER, "web")
    service.ports.create(context, [draft(context, net)])
    with pytest.raises(SecurityGroupNotFound):
        guards.add(context, SERVER, "none such")
    bare = world.add_network("bare")
    service.ports.create(context, [draft(context, bare, device_id=OTHER_SERVER)])
    with pytest.raises(SecurityGroupCannotBeApplied):
        guards.add(context, OTHER_SERVER, "web")
