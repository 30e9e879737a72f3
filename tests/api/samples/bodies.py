"""The bodies of samples: what has to be there, or may be there only once, is renamed."""

import json
from typing import Any

from tests.api.samples.living import Living
from tests.api.samples.paths import SHARE, path_of
from tests.api.samples.sample import Sample
from tests.api.samples.servers import a_server
from tests.api.samples.world import VOLUME, Place
from tests.api.servers import IMAGE

# These still tell what was gone by then, and not what had to be told.
OUTDATED = ("servers/v2.90/server-create-req", "servers/v2.94/server-create-req")
MADE = ("key_pair", "keypair", "flavor", "aggregate")


def body_of(place: Place, sample: Sample) -> Any:
    body = json.loads(json.dumps(sample.row["body"]))
    _rename(body, place, sample, _names(place, sample))
    if sample.name in OUTDATED:
        body["server"].pop("personality")
        body["server"]["networks"] = "auto"
    return body


def _names(place: Place, sample: Sample) -> dict[str, Any]:
    """{key: what it has to say}, for every key of that name."""
    known = place.known
    names = {
        "imageRef": IMAGE, "flavorRef": "2" if sample.action == "resize" else "1",
        "key_name": "known", "host": "host1", "hypervisor_hostname": "host1.example",
        "tenant": "openstack", "networkId": known.get("network"),
        "net_id": known.get("network"), "parent_group_id": known.get("security_group"),
        "fixed_address": known.get("fixed_ip"),
    }  # fmt: skip
    if sample.action == "removeFixedIp":
        names["address"] = known["fixed_ip"]
    if sample.action in MOVES:
        names["host"] = "host2"
    if sample.path.startswith("/os-aggregates"):
        names["host"] = "host2"
    if sample.path == "/os-floating-ips":
        names["pool"] = "nova"
    if "os-volume_attachments" in sample.path:
        names |= _attachment(place, sample)
    if sample.path == "/os-server-external-events":
        names |= {"name": "network-changed", "server_uuid": a_server(place, sample)}
    if sample.path.endswith("/shares") and sample.row["status"] == "409":
        names["share_id"] = SHARE
    if sample.path == "/os-snapshots":
        names["volume_id"] = VOLUME
    if sample.path == "/os-assisted-volume-snapshots":
        a_server(place, sample)
        names["volume_id"] = known["volume"]
    if isinstance(place.world, Living):
        names["port_id"] = place.world.port()
        names["ip_address"] = f"192.168.1.{100 + place.next()}"
    return names


MOVES = ("evacuate", "migrate", "os-migrateLive", "unshelve")


def _attachment(place: Place, sample: Sample) -> dict[str, Any]:
    """A volume that is to be attached; the attached one, or another in its place."""
    known = place.known
    if sample.method == "POST":
        return {"volumeId": known["free"]}
    swaps = sample.short == "update-volume"
    return {
        "volumeId": known["free" if swaps else "data"], "id": known["data"],
        "serverId": known["server"], "device": "/dev/vdb", "tag": "disk",
    }


def _rename(value: Any, place: Place, sample: Sample, names: dict[str, Any]) -> None:
    for key in list(value) if isinstance(value, dict) else ():
        value[key] = _renamed(key, value[key], place, sample, names)
        _rename(value[key], place, sample, names)
    for inner in value if isinstance(value, list) else ():
        _rename(inner, place, sample, names)


def _renamed(
    key: str, inner: Any, place: Place, sample: Sample, names: dict[str, Any]
) -> Any:
    if key in names and isinstance(inner, str):
        return names[key]
    if key == "availability_zone" and "aggregate" not in sample.path and inner is not None:
        return "nova"
    if key == "group" and sample.path == "/servers":
        return place.known["group"]
    if key == "networks" and isinstance(inner, list):
        return [{"uuid": place.known["network"]} for _ in inner]
    if key in MADE and isinstance(inner, dict):
        return _only_once(inner, place)
    return inner


def _only_once(made: dict[str, Any], place: Place) -> dict[str, Any]:
    number = place.next()
    changed = {
        key: f"{made[key]}-{number}" for key in ("name", "id")
        if isinstance(made.get(key), str) and made[key] != "auto"
    }
    return made | changed


__all__ = ["body_of", "path_of"]
