"""[api]use_neutron_default_nets: networks of one project that all others see, too."""

import pytest

from tests.api.world import OTHER_PROJECT, PROJECT, World


@pytest.mark.parametrize(("shown", "labels"), [
    (False, ["mine", "everybody's"]), (True, ["mine", "everybody's", "default"]),
])
def test_default_networks(shown: bool, labels: list[str]) -> None:
    world = World(
        api__use_neutron_default_nets=shown, api__neutron_default_project_id=OTHER_PROJECT
    )
    world.network.add_network(PROJECT, "mine", "192.168.1.0/24")
    world.network.add_network("p1", "everybody's", "192.168.2.0/24", shared=True)
    world.network.add_network(OTHER_PROJECT, "default", "192.168.3.0/24")
    found = world.ask("GET", "/os-tenant-networks").json["networks"]
    assert [each["label"] for each in found] == labels
    assert "default" not in str(world.ask("GET", "/os-networks").json)
