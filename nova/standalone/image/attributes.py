"""What an image is made of: which attributes exist, who sets them, what fits.

Everything else a body names is a property: a text of the user's own.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nova.standalone.web.fault import Fault, bad_request, forbidden

DISK_FORMATS = (
    "ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop", "gpt",
)  # fmt: skip
CONTAINER_FORMATS = ("ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed")
VISIBILITIES = ("community", "public", "private", "shared")
STATUSES = (
    "queued", "saving", "active", "killed", "deleted", "uploading", "importing",
    "pending_delete", "deactivated",
)  # fmt: skip
LONGEST = 255


@dataclass(frozen=True, slots=True)
class Attribute:
    """`schema` is JSON schema of the value; `check` tells whether a value fits."""

    name: str
    schema: dict[str, Any]
    note: str
    check: Callable[[Any], bool] | None = None

    @property
    def read_only(self) -> bool:
        return self.check is None


def _text(value: Any) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= LONGEST)


def _one_of(allowed: tuple[str, ...], null: bool = True) -> Callable[[Any], bool]:
    return lambda value: (null and value is None) or value in allowed


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31


def _tags(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(tag, str) and _text(tag) for tag in value)


def _uuid(value: Any) -> bool:
    try:
        return str(uuid.UUID(value)) == value
    except (ValueError, TypeError, AttributeError):
        return False


def _string(*types: str, **more: Any) -> dict[str, Any]:
    return {"type": list(types) if len(types) > 1 else types[0], **more}


TEXT = _string("null", "string", maxLength=LONGEST)
NUMBER = _string("null", "integer")
ATTRIBUTES = (
    Attribute("id", _string("string"), "An identifier for the image", _uuid),
    Attribute("name", TEXT, "Descriptive name for the image", _text),
    Attribute("status", _string("string", enum=list(STATUSES)), "Status of the image"),
    Attribute(
        "visibility",
        _string("string", enum=list(VISIBILITIES)),
        "Scope of image accessibility",
        _one_of(VISIBILITIES, null=False),
    ),
    Attribute("protected", _string("boolean"), "Whether deleting is refused", _flag),
    Attribute("os_hidden", _string("boolean"), "Whether lists leave the image out", _flag),
    Attribute("checksum", TEXT, "md5 hash of image contents."),
    Attribute("os_hash_algo", TEXT, "Algorithm of os_hash_value"),
    Attribute("os_hash_value", TEXT, "Hexdigest of the image contents"),
    Attribute("owner", TEXT, "Owner of the image", _text),
    Attribute("size", NUMBER, "Size of image file in bytes"),
    Attribute("virtual_size", NUMBER, "Virtual size of image in bytes"),
    Attribute(
        "container_format",
        _string("null", "string", enum=[None, *CONTAINER_FORMATS]),
        "Format of the container",
        _one_of(CONTAINER_FORMATS),
    ),
    Attribute(
        "disk_format",
        _string("null", "string", enum=[None, *DISK_FORMATS]),
        "Format of the disk",
        _one_of(DISK_FORMATS),
    ),
    Attribute("created_at", _string("string"), "When the image was registered"),
    Attribute("updated_at", _string("string"), "When the image was last changed"),
    Attribute("tags", {"type": "array", "items": TEXT}, "Texts to find the image by", _tags),
    Attribute("self", _string("string"), "An image self url"),
    Attribute("file", _string("string"), "An image file url"),
    Attribute("schema", _string("string"), "An image schema url"),
    Attribute("min_ram", _string("integer"), "RAM in MB required to boot the image", _count),
    Attribute("min_disk", _string("integer"), "Disk space in GB required to boot", _count),
    Attribute("locations", {"type": "array"}, "Where the contents are (not shown here)"),
    Attribute("direct_url", _string("string"), "Where the contents are (not shown here)"),
)
BY_NAME = {attribute.name: attribute for attribute in ATTRIBUTES}
DEFAULTS: dict[str, Any] = {
    "name": None,
    "visibility": "shared",
    "protected": False,
    "os_hidden": False,
    "container_format": None,
    "disk_format": None,
    "min_ram": 0,
    "min_disk": 0,
}


def check(name: str, value: Any) -> None:
    """Raises 403 for an attribute nobody sets, 400 for a value that does not fit."""
    attribute = BY_NAME.get(name)
    if attribute is None:
        _check_property(name, value)
    elif attribute.check is None:
        raise forbidden(f"Attribute '{name}' is read-only.")
    elif not attribute.check(value):
        raise bad_request(f"Provided object does not match schema 'image': bad {name}: {value!r}")


def _check_property(name: str, value: Any) -> None:
    if name.startswith("os_glance_"):
        raise forbidden(f"Attribute '{name}' is reserved.")
    if not name or len(name) > LONGEST:
        raise Fault(400, "Property names have 1 to 255 characters.")
    if not isinstance(value, str):
        raise bad_request(
            f"Provided object does not match schema 'image': {value!r} of {name} is not a string"
        )
