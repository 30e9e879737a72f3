"""The addresses of samples, with what there is in their gaps."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from nova.microversions import SPICE_DIRECT, Microversion
from tests.api.samples.living import Living
from tests.api.samples.sample import Sample
from tests.api.samples.servers import a_server
from tests.api.samples.world import Place
from tests.api.servers import IMAGE
from tests.api.world import PROJECT

Fill = Callable[[Place, Sample], str]
SHARE = "e0000000-0000-4000-8000-000000000001"
SERVICE_UUIDS = Microversion(2, 53)


def path_of(place: Place, sample: Sample) -> str:
    for pattern, fill in PATHS:
        if re.fullmatch(pattern, sample.path):
            return fill(place, sample)
    return sample.path


def server_of(place: Place, sample: Sample) -> str:
    if not isinstance(place.world, Living):
        return a_server(place, sample)
    if sample.method == "POST" and sample.path.endswith("os-interface"):
        return place.world.server()
    return str(place.known["kept"])


def _of_server(place: Place, sample: Sample) -> str:
    uuid = server_of(place, sample)
    path = sample.path.replace("{server_id}", uuid)
    if path.startswith("/servers/{id}"):
        return path.replace("{id}", uuid)
    head, gap, tail = path.partition("/{id}")
    return f"{head}/{_below(place, sample, uuid)}{tail}" if gap else path


def _below(place: Place, sample: Sample, uuid: str) -> str:
    """What of a server is meant."""
    noun = sample.path.split("/")[3]
    if noun in LISTED:
        path, key, field = LISTED[noun]
        answer = place.world.ask("GET", f"/servers/{uuid}/{path}", who="admin", version="2.80")
        return str(answer.json[key][0][field])
    fixed = {
        "metadata": "foo", "ips": "private", "tags": "tag1", "shares": SHARE,
        "os-volume_attachments": place.known.get("data"),
    }  # fmt: skip
    return str(fixed.get(noun, "unknown"))


LISTED = {
    "os-instance-actions": ("os-instance-actions", "instanceActions", "request_id"),
    "migrations": ("migrations", "migrations", "id"),
    "os-interface": ("os-interface", "interfaceAttachments", "port_id"),
}


def _aggregate(place: Place, sample: Sample) -> str:
    """With the host that is to be removed, or without the one that is to be added."""
    base = f"/os-aggregates/{place.known['aggregate']}"
    before = {"add_host": "remove_host", "remove_host": "add_host"}.get(sample.action or "")
    if before or sample.method == "GET":
        wish = {before or "add_host": {"host": "host2"}}
        place.world.ask("POST", f"{base}/action", who="admin", json=wish)
    return sample.path.replace("/os-aggregates/{id}", base)


def _access(place: Place, sample: Sample) -> str:
    """To a private flavor, as the sample needs it; the last one is given twice."""
    twice = sample.row.get("status") == "409"
    before = "removeTenantAccess" if sample.action == "addTenantAccess" and not twice else (
        "addTenantAccess")
    wish = {before: {"tenant": "openstack"}}
    place.world.ask("POST", "/flavors/4/action", who="admin", json=wish)
    return sample.path.replace("{id}", "4").replace("{flavor_id}", "4")


def _service(place: Place, sample: Sample) -> str:
    """Before services had uuids, the address said what was to be done."""
    if sample.version >= SERVICE_UUIDS:
        return f"/os-services/{place.world.cell.services.find(host='host1')[0].uuid}"
    words = ("disable-log-reason", "disable", "enable", "force-down")
    name = sample.short.replace("log-put", "log-reason")
    return "/os-services/" + next(word for word in words if word in name)


def _hypervisor(place: Place, sample: Sample) -> str:
    node = place.world.cell.nodes.find(host="host1")[0]
    ident = node.uuid if sample.version >= SERVICE_UUIDS else node.id
    last = sample.path.rsplit("/", 1)[1]
    if last not in ("search", "servers"):
        return sample.path.replace("{id}", str(ident))
    a_server(place, sample)
    return f"/os-hypervisors/{'host2' if 'without' in sample.name else 'host1'}/{last}"


def _token(place: Place, sample: Sample) -> str:
    """Of a console that somebody asked for."""
    direct = sample.version >= SPICE_DIRECT
    protocol, kind = ("spice", "spice-direct") if direct else ("vnc", "novnc")
    wish = {"protocol": protocol, "type": kind}
    made = place.world.ask("POST", f"/servers/{place.known['kept']}/remote-consoles",
                           version=str(sample.version), json={"remote_console": wish})
    return f"/os-console-auth-tokens/{made.json['remote_console']['url'][-36:]}"


def _fixed(text: str) -> Fill:
    def fill(place: Place, sample: Sample) -> str:
        names: Mapping[str, Any] = {**place.known, "project": PROJECT, "image_id": IMAGE}
        return text.format(**names)

    return fill


def _named(value: str) -> Fill:
    return lambda place, sample: sample.path.replace("{id}", value)


PATHS: tuple[tuple[str, Fill], ...] = (
    (r"/servers/\{.*", _of_server),
    (r"/flavors/\{id\}/action", _access),
    (r"/flavors/\{flavor_id\}/os-flavor-access", _access),
    (r"/flavors/\{flavor_id\}/os-extra_specs/\{id\}",
     _fixed("/flavors/1/os-extra_specs/hw:numa_nodes")),
    (r"/flavors/\{flavor_id\}/os-extra_specs", _fixed("/flavors/1/os-extra_specs")),
    (r"/flavors/\{id\}", _named("1")),
    (r"/os-aggregates/\{id\}/images", _fixed("/os-aggregates/{aggregate}/images")),
    (r"/os-aggregates(/\{id\}(/action)?)?", _aggregate),
    (r"/os-keypairs/\{id\}", _named("known")),
    (r"/os-server-groups/\{id\}", _fixed("/os-server-groups/{group}")),
    (r"/os-services/\{id\}", _service),
    (r"/os-hypervisors/\{id\}.*", _hypervisor),
    (r"/os-hosts/\{id\}(/\w+)?", _named("host1")),
    (r"/os-quota-sets/\{id\}.*", _named(PROJECT)),
    (r"/os-quota-class-sets/\{id\}", _named("test_class")),
    (r"/os-simple-tenant-usage/\{id\}", _named(PROJECT)),
    (r"/extensions/\{id\}", _named("os-agents")),
    (r"/os-instance_usage_audit_log/\{id\}", _named("2026-08-01%2000:00:00")),
    (r"/images/\{image_id\}/metadata/\{id\}",
     _fixed("/images/{image_id}/metadata/auto_disk_config")),
    (r"/images/\{image_id\}/metadata", _fixed("/images/{image_id}/metadata")),
    (r"/images/\{id\}", _named(IMAGE)),
    (r"/os-baremetal-nodes/\{id\}", _named("058d27fa-241b-445a-a386-08c04f96db43")),
    (r"/os-networks/\{id\}", _fixed("/os-networks/{private}")),
    (r"/os-floating-ips/\{id\}", _fixed("/os-floating-ips/{floating}")),
    (r"/os-security-groups/\{id\}", _fixed("/os-security-groups/{security_group}")),
    (r"/os-snapshots/\{id\}", _fixed("/os-snapshots/{snapshot}")),
    (r"/os-volumes/\{id\}", _fixed("/os-volumes/{volume}")),
    (r"/os-console-auth-tokens/\{id\}", _token),
    (r"\(service root\) (.*)", lambda place, sample: "root:" + sample.path.split()[-1]),
)
