"""One cloud for the whole tour: real processes over a real broker, fake hypervisors."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openstack
import pytest
from openstack.connection import Connection

from tests.integration.client_tour.openstack_command import OpenStack
from tools.daemons.rabbitmq import RabbitMQ
from tools.stack import audit
from tools.stack.cloud import DATABASES, Stack, places_of
from tools.stack.customer import Customer

HOSTS = ("host1", "host2")
PATIENCE = 60


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A broker of its own, because messages of other tests would be met on a shared one."""
    state = tmp_path_factory.mktemp("tour")
    for folder in (state, *state.parents[:2]):
        folder.chmod(0o755)
    rabbit = RabbitMQ.on_free_ports(f"tour-{state.parent.name}", state)
    databases = {name: f"sqlite:///{state}/{name}.sqlite" for name in DATABASES}
    extra = {"DEFAULT": {"update_resources_interval": 2}}
    cloud = Stack(places_of(state, rabbit.url(), databases, extra=extra), HOSTS)
    try:
        rabbit.start()
        yield cloud.up(together=True)
    finally:
        cloud.down()
        rabbit.stop()


@pytest.fixture(scope="package")
def customer(stack: Stack) -> Customer:
    """The flavor m1.tiny (1), the image tiny and the network private are there."""
    return Customer.of(stack.places.state)


@pytest.fixture(scope="package")
def clouds(stack: Stack, customer: Customer) -> Path:
    return stack.places.state / "services" / "clouds.yaml"


@pytest.fixture(scope="package")
def as_demo(clouds: Path) -> OpenStack:
    return OpenStack(clouds, "demo")


@pytest.fixture(scope="package")
def as_admin(clouds: Path) -> OpenStack:
    return OpenStack(clouds, "admin")


@pytest.fixture(scope="package")
def demo(clouds: Path) -> Connection:
    return _connected(clouds, "demo")


@pytest.fixture(scope="package")
def admin(clouds: Path) -> Connection:
    return _connected(clouds, "admin")


def _connected(clouds: Path, name: str) -> Connection:
    loader = openstack.config.OpenStackConfig(config_files=[str(clouds)], load_envvars=False)
    return Connection(config=loader.get_one(name))


@dataclass
class Fleet:
    """Servers made for a test.  Images and flavors are those of the customer."""

    demo: Connection
    image: str
    network: str
    made: list[Any] = field(default_factory=list)

    def ask(self, name: str, who: Connection | None = None, **wishes: Any) -> Any:
        """A server as the API answers it; without a network, if none is wished for."""
        plain = {"flavor_id": "1", "image_id": self.image, "networks": "none"}
        server = (who or self.demo).compute.create_server(name=name, **plain | wishes)
        self.made.append(server)
        return server

    def boot(self, name: str, who: Connection | None = None, **wishes: Any) -> Any:
        """A server that runs."""
        server = self.ask(name, who, **wishes)
        return (who or self.demo).compute.wait_for_server(server, interval=0.2, wait=PATIENCE)

    def became(self, server: Any, status: str) -> Any:
        """The server, once it has that status."""
        return self.demo.compute.wait_for_server(
            server, status, interval=0.2, wait=PATIENCE, failures=["ERROR"]
        )


@pytest.fixture
def fleet(
    demo: Connection, admin: Connection, customer: Customer, stack: Stack
) -> Iterator[Fleet]:
    """Everything a test made, or left, is gone afterwards, and nothing is left of it."""
    yield Fleet(demo, customer.image, customer.network)
    everything: Callable[..., Any] = admin.compute.servers
    for server in everything(details=False, all_projects=True):
        admin.compute.delete_server(server)
    customer.until(lambda found: not found, PATIENCE)
    assert audit.wrongs(stack, customer) == []
