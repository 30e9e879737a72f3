"""From a path to what is there, as the metadata service answers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from nova.servers.steps.metadata import ec2, openstack, versions
from nova.servers.steps.metadata.subject import Subject

EC2, OPENSTACK = "ec2", "openstack"
TEXT, JSON = "text/plain", "application/json"


class NotThere(KeyError):
    """No guest has anything under such a path."""


class AskPassword(Exception):
    """The path is that of the password, which is not a document."""


@dataclass(frozen=True)
class Found:
    content: bytes
    mime: str = TEXT


def parts_of(path: str) -> tuple[str, ...]:
    """The tree and what is below: `/latest/meta-data` is EC2's, too."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    if not parts or parts[0] not in (EC2, OPENSTACK):
        parts.insert(0, EC2)
    return tuple(parts)


def root() -> Found:
    """What is at `/`, whoever asks."""
    return _lines([*versions.EC2, versions.LATEST])


def look_up(subject: Subject, path: str, today: date) -> Found:
    """Raises NotThere, AskPassword.  Versions of a day to come are not listed."""
    tree, *below = parts_of(path)
    if tree == EC2:
        return _ec2(subject, below) if below else root()
    if not below:
        have_come = [one for one in versions.OPENSTACK if one <= today.isoformat()]
        return _lines([*have_come, versions.LATEST])
    return _openstack(subject, below)


def _ec2(subject: Subject, below: list[str]) -> Found:
    version = _version(versions.EC2, below[0])
    value: Any = ec2.tree(subject, version)
    for part in below[1:]:
        if not isinstance(value, Mapping) or part not in value:
            raise NotThere("/".join(below))
        value = value[part]
    return Found(rendered(value))


def _openstack(subject: Subject, below: list[str]) -> Found:
    if below[0] == openstack.CONTENT:
        return _content(subject, below[1:])
    version = _version(versions.OPENSTACK, below[0])
    name = "/".join(below[1:])
    if not name:
        return _lines(openstack.listing(subject, version))
    if name == openstack.PASSWORD and version >= versions.PASSWORD:
        raise AskPassword
    try:
        content = openstack.document(subject, version, name)
    except KeyError:
        raise NotThere("/".join(below)) from None
    return Found(content, JSON if name.endswith(".json") else TEXT)


def _content(subject: Subject, below: list[str]) -> Found:
    contents = openstack.contents(subject)
    if len(below) != 1 or below[0] not in contents:
        raise NotThere("/".join(below))
    return Found(contents[below[0]])


def _version(those: tuple[str, ...], asked: str) -> str:
    version = versions.known(those, asked)
    if version is None:
        raise NotThere(asked)
    return version


def _lines(names: list[str]) -> Found:
    return Found("\n".join(names).encode())


def rendered(value: Any) -> bytes:
    """EC2's way: an object is the list of its keys, those of objects with a slash."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, Mapping):
        keys = (_listed(key, value[key]) for key in sorted(value) if key != ec2.NAME)
        return "\n".join(keys).encode()
    if isinstance(value, list):
        return "\n".join(map(str, value)).encode()
    return b"" if value is None else str(value).encode()


def _listed(key: str, value: Any) -> str:
    if not isinstance(value, Mapping):
        return key
    return str(value.get(ec2.NAME, f"{key}/"))
