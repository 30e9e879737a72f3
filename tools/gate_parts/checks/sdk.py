"""A server's life through openstacksdk, by both of its ways."""

from typing import Any

from tools.gate_parts import seed
from tools.gate_parts.checks.need import need, same
from tools.gate_parts.layout import Layout

# Both ways are tried at the same time.
NAME = "gate-sdk"
PROXY = "gate-sdk-proxy"
PATIENCE = 300


def cloud_layer(layout: Layout) -> None:
    """The one that hides which service does what."""
    cloud: Any = seed.connection(layout, "demo")
    cloud.delete_server(NAME, wait=True)
    cloud.create_keypair(NAME)
    try:
        server = cloud.create_server(
            NAME, image="tiny", flavor="gate.nano", network="private", key_name=NAME,
            meta={"by": "gate"}, wait=True, timeout=PATIENCE, auto_ip=False,
        )
        same(server.status, "ACTIVE", "status")
        need(cloud.get_server_private_ip(server), "no private address")
        need(any(one.id == server.id for one in cloud.list_servers()), "not listed")
        same(cloud.search_servers(NAME)[0].key_name, NAME, "key")
        cloud.set_server_metadata(server.id, {"more": "yes"})
        same(cloud.get_server(NAME).metadata, {"by": "gate", "more": "yes"}, "metadata")
        cloud.add_server_security_groups(server, ["default"])
        cloud.get_server_console(server)
        need(cloud.get_compute_limits().total_instances_used >= 1, "limits count no server")
        image = cloud.create_image_snapshot(NAME, server, wait=True, timeout=PATIENCE)
        cloud.delete_image(image.id, wait=True)
    finally:
        need(cloud.delete_server(NAME, wait=True, timeout=PATIENCE), "nothing deleted")
        cloud.delete_keypair(NAME)
    need(cloud.get_server(NAME) is None, "the server is still there")


def compute_proxy(layout: Layout) -> None:
    """The one whose methods are the compute API's."""
    cloud: Any = seed.connection(layout, "demo")
    compute = cloud.compute
    image, network = cloud.image.find_image("tiny"), cloud.network.find_network("private")
    flavor = compute.find_flavor("gate.nano")
    group = compute.create_server_group(name=PROXY, policy="soft-affinity")
    server = compute.create_server(
        name=PROXY, image_id=image.id, flavor_id=flavor.id, networks=[{"uuid": network.id}],
        scheduler_hints={"group": group.id},
    )
    try:
        compute.wait_for_server(server, wait=PATIENCE)
        for act, status in (
            (compute.pause_server, "PAUSED"), (compute.unpause_server, "ACTIVE"),
            (compute.suspend_server, "SUSPENDED"), (compute.resume_server, "ACTIVE"),
            (compute.stop_server, "SHUTOFF"), (compute.start_server, "ACTIVE"),
            (lambda one: compute.reboot_server(one, "HARD"), "ACTIVE"),
        ):
            act(server)
            compute.wait_for_server(server, status=status, wait=PATIENCE, interval=1)
        compute.lock_server(server)
        need(compute.get_server(server).is_locked, "not locked")
        compute.unlock_server(server)
        compute.add_tag_to_server(server, "gate")
        same(compute.get_server(server).tags, ["gate"], "tags")
        compute.update_server(server, name=f"{PROXY}-2")
        same(compute.get_server(server).name, f"{PROXY}-2", "name")
        need(len(list(compute.server_interfaces(server))) == 1, "not one interface")
        done = {one.action for one in compute.server_actions(server)}
        need({"create", "pause", "stop", "reboot"} <= done, f"actions are {done}")
    finally:
        compute.delete_server(server)
        compute.wait_for_delete(server, wait=PATIENCE)
        compute.delete_server_group(group)
