"""What a cloud needs before its first user comes: accounts, catalogue, images, networks."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openstack
from openstack.connection import Connection

from tools.daemons.process import run
from tools.gate_parts import plugin
from tools.gate_parts.layout import ACCOUNTS, REGION, ROOT, Layout

ENDPOINTS = {
    "glance": ("image", "image", ""),
    "neutron": ("network", "network", ""),
    "cinder": ("block-storage", "volume", "/v3"),
}
ROLES = ("admin", "manager", "member", "reader", "service")
PROJECTS = ("service", "admin", "demo", "alt_demo")
PEOPLE = (("admin", "admin", "admin"), ("admin", "demo", "admin"), ("demo", "demo", "member"),
          ("alt_demo", "alt_demo", "member"))
IMAGES = ("tiny", "tiny2")
FLAVORS = (("gate.nano", "42", 128, 1), ("gate.micro", "84", 192, 1), ("gate.small", "85", 256, 2))


def clouds(layout: Layout) -> Path:
    """clouds.yaml with the clouds `admin` and `demo`."""
    path = layout.state / "clouds.yaml"
    text = "clouds:\n" + "".join(
        f"  {name}:\n"
        f"    auth:\n"
        f"      auth_url: {layout.url('identity', '/v3')}\n"
        f"      username: {name}\n"
        f"      password: {layout.password}\n"
        f"      project_name: {name}\n"
        f"      user_domain_name: Default\n"
        f"      project_domain_name: Default\n"
        f"    region_name: {REGION}\n"
        for name in ("admin", "demo")
    )
    path.touch(mode=0o600)
    # Others may be reading it.
    if path.read_text() != text:
        path.write_text(text)
    return path


def connection(layout: Layout, name: str = "admin") -> Connection:
    config = openstack.config.OpenStackConfig(
        config_files=[str(clouds(layout))], load_envvars=False
    )
    return Connection(config=config.get_one(name))


def accounts(layout: Layout, *, volumes: bool) -> None:
    """Projects, roles, users and endpoints that are missing."""
    identity: Any = connection(layout).identity
    domain = identity.find_domain("default") or identity.find_domain("Default")
    projects = {one.name: one for one in identity.projects()}
    for name in PROJECTS:
        if name not in projects:
            projects[name] = identity.create_project(name=name, domain_id=domain.id)
    roles = {one.name: one for one in identity.roles()}
    for name in ROLES:
        if name not in roles:
            roles[name] = identity.create_role(name=name)
    users = {one.name: one for one in identity.users()}
    told = plugin.call(layout, "_nova_accounts")
    wanted = (*PEOPLE, *((name, "service", role) for name in ACCOUNTS
                         for role in ("admin", "service")), *_of_plugin(told))
    for name, project, role in wanted:
        if name not in users:
            users[name] = identity.create_user(
                name=name, password=layout.password, domain_id=domain.id,
                default_project_id=projects[project].id,
            )
        identity.assign_project_role_to_user(projects[project].id, users[name].id, roles[role].id)
    endpoints = {name: (kind, layout.url(port, path))
                 for name, (kind, port, path) in ENDPOINTS.items()}
    urls = {call[1]: call[3] for call in told if call[0] == "endpoint"}
    endpoints |= {call[1]: (call[2], urls[call[2]]) for call in told if call[0] == "service"}
    if not volumes:
        del endpoints["cinder"]
    _catalogue(identity, endpoints)


def _of_plugin(told: list[list[str]]) -> Iterator[tuple[str, str, str]]:
    """Users, projects and roles."""
    for call, *words in told:
        if call == "user":
            yield words[0], "service", words[1]
        elif call == "role":
            role, name, project, *_ = words
            yield name, project, role


def _catalogue(identity: Any, wanted: dict[str, tuple[str, str]]) -> None:
    """`wanted`: type and URL by name."""
    services = {one.type: one for one in identity.services()}
    known = {(one.service_id, one.interface) for one in identity.endpoints()}
    for name, (kind, url) in wanted.items():
        service = services.get(kind) or identity.create_service(name=name, type=kind)
        for interface in ("public", "internal", "admin"):
            if (service.id, interface) not in known:
                identity.create_endpoint(
                    service_id=service.id, interface=interface, url=url, region_id=REGION,
                )


def resources(layout: Layout, *, volumes: bool) -> None:
    """Images, networks, a router, a volume type and flavors that are missing."""
    admin: Any = connection(layout)
    _images(admin)
    _networks(admin)
    if volumes and not any(one.name == "nfs" for one in admin.block_storage.types()):
        admin.block_storage.create_type(name="nfs", extra_specs={"volume_backend_name": "nfs"})
    there = {one.id for one in admin.compute.flavors(is_public=None)}
    for name, number, memory, disk in FLAVORS:
        if number not in there:
            admin.compute.create_flavor(name=name, id=number, ram=memory, vcpus=1, disk=disk)


def guest() -> Path:
    """The tiny image, made anew where the recipe is newer."""
    guest = ROOT / ".cache" / "guest.qcow2"
    maker = ROOT / "tools" / "make-guest-image"
    recipe = [maker, *(maker.parent / "guest").rglob("*")]
    newest = max(path.stat().st_mtime for path in recipe)
    if not guest.exists() or guest.stat().st_mtime < newest:
        guest.parent.mkdir(exist_ok=True)
        run([str(maker), str(guest)])
    return guest


def _images(admin: Any) -> None:
    image = guest()
    checksum = hashlib.md5(image.read_bytes(), usedforsecurity=False).hexdigest()
    there = {one.name: one for one in admin.image.images()}
    for name in IMAGES:
        if name in there and there[name].checksum != checksum:
            admin.image.delete_image(there.pop(name))
        if name not in there:
            admin.create_image(name, filename=str(image), disk_format="qcow2", wait=True,
                               container_format="bare", visibility="public", min_disk=1)


def _networks(admin: Any) -> None:
    network = admin.network
    demo = admin.identity.find_project("demo").id

    def there(name: str, cidr: str, dhcp: bool, **asked: Any) -> tuple[Any, Any]:
        net = network.find_network(name) or network.create_network(name=name, **asked)
        owner = {"project_id": asked["project_id"]} if "project_id" in asked else {}
        subnet = network.find_subnet(f"{name}-v4") or network.create_subnet(
            name=f"{name}-v4", network_id=net.id, ip_version=4, cidr=cidr, is_dhcp_enabled=dhcp,
            **owner,
        )
        return net, subnet

    public, _ = there("public", "172.24.4.0/24", False, is_router_external=True,
                      provider_network_type="flat", provider_physical_network="public")
    _, private = there("private", "10.20.0.0/16", True, project_id=demo)
    there("shared", "10.30.0.0/16", True, is_shared=True)
    if network.find_router("router") is None:
        router = network.create_router(
            name="router", project_id=demo, external_gateway_info={"network_id": public.id}
        )
        network.add_interface_to_router(router, subnet_id=private.id)
