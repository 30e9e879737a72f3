"""What a new cloud has in it: flavors, an image, and a network for demo."""

from typing import Any

from keystoneauth1.adapter import Adapter
from keystoneauth1.identity import v3
from keystoneauth1.session import Session

from nova.objects.flavor import Flavor
from nova.objects.store import Stores
from nova.objects.store.page import Page
from nova.standalone.configuration import REGION
from nova.standalone.services import Services
from nova.standalone.settings import Wishes
from nova.standalone.tiny_image import tiny_image

# (id, name, CPUs, MiB of memory, GiB of disk)
FLAVORS = (
    ("1", "m1.tiny", 1, 512, 1),
    ("2", "m1.small", 1, 2048, 20),
    ("3", "m1.medium", 2, 4096, 40),
    ("4", "m1.large", 4, 8192, 80),
    ("5", "m1.xlarge", 8, 16384, 160),
)
IMAGE = "tiny"
NETWORK = "private"
SUBNET = "10.30.0.0/24"


def sow(services: Services, stores: Stores, wishes: Wishes) -> None:
    """Once in the life of a cloud: what a user removes stays away."""
    done = wishes.state / "seeded"
    if done.exists():
        return
    _flavors(stores)
    _image(_client("admin", "image", services))
    _network(_client("demo", "network", services))
    done.touch()


def _flavors(stores: Stores) -> None:
    known = {flavor.flavorid for flavor in stores.api.flavors.find(Page())}
    for flavorid, name, vcpus, memory, disk in FLAVORS:
        if flavorid not in known:
            stores.api.flavors.create(_flavor(flavorid, name, vcpus, memory, disk))


def _flavor(flavorid: str, name: str, vcpus: int, memory: int, disk: int) -> Flavor:
    return Flavor(
        flavorid=flavorid,
        name=name,
        vcpus=vcpus,
        memory_mb=memory,
        root_gb=disk,
        ephemeral_gb=0,
        swap=0,
        rxtx_factor=1.0,
        vcpu_weight=0,
        disabled=False,
        is_public=True,
        description=None,
        extra_specs={},
    )


def _image(glance: Adapter) -> None:
    if _has(glance, "/v2/images", "images", IMAGE):
        return
    wish = {
        "name": IMAGE,
        "disk_format": "raw",
        "container_format": "bare",
        "visibility": "public",
    }
    made = glance.post("/v2/images", json=wish).json()
    kind = {"Content-Type": "application/octet-stream"}
    glance.put(f"/v2/images/{made['id']}/file", data=tiny_image(), headers=kind)


def _network(neutron: Adapter) -> None:
    if _has(neutron, "/v2.0/networks", "networks", NETWORK):
        return
    wish = {"network": {"name": NETWORK}}
    made = neutron.post("/v2.0/networks", json=wish).json()["network"]
    subnet = {"name": f"{NETWORK}-v4", "network_id": made["id"], "ip_version": 4, "cidr": SUBNET}
    neutron.post("/v2.0/subnets", json={"subnet": subnet})


def _has(client: Adapter, path: str, key: str, name: str) -> bool:
    return any(one["name"] == name for one in client.get(path).json()[key])


def _client(user: str, service: str, services: Services) -> Adapter:
    """The service's API as a user of the project with the same name sees it."""
    auth: Any = v3.Password(
        services.auth_url,
        username=user,
        password=services.password,
        user_domain_id="default",
        project_name=user,
        project_domain_id="default",
    )
    session = Session(auth=auth, timeout=30)
    return Adapter(session, service_type=service, interface="public", region_name=REGION)
