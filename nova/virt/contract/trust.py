"""Whose signatures under images count for a guest."""

from dataclasses import dataclass

from nova.context import RequestContext


@dataclass(frozen=True)
class ImageSignature:
    """What an image says of its own signature, as its properties say it (img_signature...);
    None: it does not say."""

    value: str | None = None
    hash_method: str | None = None
    key_type: str | None = None
    certificate_id: str | None = None


@dataclass(frozen=True)
class Trust:
    """`certificates` are ids in the key service, () when the owner named none; `context` is
    who asks for the guest, in whose name certificates are fetched (None: this service)."""

    certificates: tuple[str, ...] = ()
    context: RequestContext | None = None


NOBODY_SAID = Trust()
