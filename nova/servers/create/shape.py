"""What a create request may look like, at each microversion."""

from nova.core.shape import (
    ANYTHING,
    BOOLEAN,
    NAME,
    UUID,
    Field,
    Legacy,
    OneOf,
    Raw,
    Shape,
    Versioned,
    array,
    obj,
    raw,
    string,
)
from nova.core.view import before
from nova.microversions import (
    AUTO_NETWORKS,
    BASE,
    DESCRIPTION,
    DEVICE_TAGS,
    DEVICE_TAGS_AGAIN,
    HOSTNAME,
    HYPERVISOR_PAGES,
    PERSONALITY_GONE,
    REQUESTED_HOST,
    TAGS_AT_CREATE,
    TRUSTED_CERTIFICATES,
    VOLUME_TYPES,
)
from nova.servers.steps.shapes import DESCRIPTION_TEXT, HOST, HOSTNAMES, METADATA, TAG

COUNT = raw(type=["integer", "string"], pattern="^[0-9]*$", minimum=1, minLength=1)
ADDRESS = string(oneOf=[{"format": "ipv4"}, {"format": "ipv6"}])

# A tag could be given here, was lost by accident, and came back.
TAG_FIELDS_NETWORK = (
    Field("tag", TAG, since=DEVICE_TAGS, until=before(AUTO_NETWORKS)),
    Field("tag", TAG, since=DEVICE_TAGS_AGAIN),
)
TAG_FIELDS_DEVICE = (
    Field("tag", TAG, since=DEVICE_TAGS, until=before(HYPERVISOR_PAGES)),
    Field("tag", TAG, since=DEVICE_TAGS_AGAIN),
)


def _network(uuid: Shape) -> Shape:
    return obj(
        Field("fixed_ip", ADDRESS),
        Field("port", raw(type=["string", "null"], format="uuid")),
        Field("uuid", uuid),
        *TAG_FIELDS_NETWORK,
    )


NETWORKS = Versioned((
    (BASE, array(_network(string()))),
    (AUTO_NETWORKS, OneOf((
        array(_network(UUID)), raw(type="string", enum=["none", "auto"])
    ))),
))

_DEVICE_FIELDS = (
    Field("virtual_name", string(max=255)),
    Field("volume_id", UUID),
    Field("snapshot_id", UUID),
    Field("volume_size", raw(
        type=["integer", "string"], pattern="^[0-9]+$", minimum=1, maximum=2147483647
    )),
    Field("device_name", string(min=1, max=255, pattern="^[a-zA-Z0-9._/-]*$")),
    Field("delete_on_termination", BOOLEAN),
    Field("no_device", ANYTHING),
    Field("connection_info", string(max=16777215)),
)
DEVICES_OLD = array(obj(*_DEVICE_FIELDS))
DEVICES = array(obj(
    *_DEVICE_FIELDS,
    Field("source_type", raw(type="string", enum=["volume", "image", "snapshot", "blank"])),
    Field("uuid", string(min=1, max=255, pattern="^[a-zA-Z0-9._-]*$")),
    Field("image_id", UUID),
    Field("destination_type", raw(type="string", enum=["local", "volume"])),
    Field("guest_format", string(max=255)),
    Field("device_type", string(max=255)),
    Field("disk_bus", string(max=255)),
    Field("boot_index", raw(type=["integer", "string", "null"], pattern="^-?[0-9]+$")),
    *TAG_FIELDS_DEVICE,
    Field("volume_type", raw(type=["string", "null"], minLength=0, maxLength=255),
          since=VOLUME_TYPES),
))

SERVER = obj(
    Field("name", NAME, required=True),
    Field("imageRef", raw(oneOf=[
        {"type": "string", "format": "uuid"}, {"type": "string", "maxLength": 0}
    ])),
    Field("flavorRef", raw(type=["string", "integer"], minLength=1), required=True),
    Field("adminPass", string()),
    Field("metadata", METADATA),
    Field("networks", NETWORKS, required=AUTO_NETWORKS),
    Field("OS-DCF:diskConfig", raw(type="string", enum=["AUTO", "MANUAL"])),
    Field("accessIPv4", string(format="ipv4")),
    Field("accessIPv6", string(format="ipv6")),
    Field("personality", array(obj(
        Field("path", string()), Field("contents", string(format="base64"))
    )), until=before(PERSONALITY_GONE)),
    Field("availability_zone", NAME),
    Field("block_device_mapping", DEVICES_OLD),
    Field("block_device_mapping_v2", DEVICES),
    Field("config_drive", BOOLEAN),
    Field("key_name", NAME),
    Field("min_count", COUNT),
    Field("max_count", COUNT),
    Field("return_reservation_id", BOOLEAN),
    Field("security_groups", array(obj(Field("name", NAME)))),
    Field("user_data", Legacy(
        string(max=65535, null=True, format="base64"), string(max=65535, format="base64"),
    )),
    Field("description", DESCRIPTION_TEXT, since=DESCRIPTION),
    Field("tags", array(TAG, maxItems=50), since=TAGS_AT_CREATE),
    Field("trusted_image_certificates", raw(
        type=["array", "null"], minItems=1, maxItems=50, uniqueItems=True,
        items={"type": "string", "minLength": 1},
    ), since=TRUSTED_CERTIFICATES),
    Field("host", HOST, since=REQUESTED_HOST),
    Field("hypervisor_hostname", HOST, since=REQUESTED_HOST),
    Field("hostname", HOSTNAMES, since=HOSTNAME),
)

_UUIDS = {"type": "array", "items": {"type": "string", "format": "uuid"}}
_ONE_UUID = {"type": "string", "format": "uuid"}
HINTS = Raw({
    "type": "object",
    "properties": {
        "group": {"oneOf": [_UUIDS, _ONE_UUID]},
        "different_host": {"oneOf": [_ONE_UUID, _UUIDS]},
        "same_host": {"type": ["string", "array"], "items": _ONE_UUID},
        "query": {"type": ["string", "object"]},
        "target_cell": {"type": "string", "format": "name", "minLength": 1, "maxLength": 255},
        "different_cell": {"type": ["string", "array"], "items": {"type": "string"}},
        "build_near_host_ip": {
            "type": "string", "oneOf": [{"format": "ipv4"}, {"format": "ipv6"}]
        },
        "cidr": {"type": "string", "pattern": "^/[0-9a-f.:]+$"},
    },
    "additionalProperties": True,
})

BODY = obj(
    Field("server", SERVER, required=True),
    Field("os:scheduler_hints", HINTS),
    Field("OS-SCH-HNT:scheduler_hints", HINTS),
)
