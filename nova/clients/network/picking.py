"""Which of several security groups a user means."""

from collections.abc import Sequence

from nova.clients.network.contract import (
    SecurityGroup,
    SecurityGroupAmbiguous,
    SecurityGroupNotFound,
)


def pick(groups: Sequence[SecurityGroup], name: str) -> SecurityGroup:
    """The group with this id, else the only one with this name."""
    same_id = [one for one in groups if one.id == name]
    found = same_id or [one for one in groups if one.name == name]
    if not found:
        raise SecurityGroupNotFound(name=name)
    if len(found) > 1:
        raise SecurityGroupAmbiguous(name=name)
    return found[0]
