"""What several requests may say of a server: its key, its metadata, its password."""

import secrets
from collections.abc import Mapping

from oslo_config import cfg

from nova.core.call import Call
from nova.errors import Refused
from nova.objects.cloud import KeyPair
from nova.objects.store.errors import KeypairNotFound
from nova.resources.quotas.limits import exceeds
from nova.seams import ApiSeams
from nova.servers.errors import MetadataLimitExceeded

# No letters that look like digits.
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def keypair_of(call: Call[ApiSeams], name: str | None) -> KeyPair | None:
    """The caller's key pair of that name; 400 when there is none."""
    if not name:
        return None
    try:
        return call.seams.stores.api.keypairs.get(call.context.user_id or "", name.strip())
    except KeypairNotFound:
        raise Refused(code=400, message="Invalid key_name provided.") from None


def refuse_metadata(limits: Mapping[str, int], metadata: Mapping[str, str]) -> None:
    """Raise MetadataLimitExceeded unless the items fit the project's limit."""
    if exceeds(len(metadata), limits["metadata_items"]):
        raise MetadataLimitExceeded(allowed=limits["metadata_items"])


def new_password(conf: cfg.ConfigOpts) -> str:
    """[DEFAULT]password_length letters and digits, by chance."""
    return "".join(secrets.choice(LETTERS) for _ in range(conf.password_length))
