"""What a key pair is made of: its public half, its fingerprint and, once, its private half."""

from dataclasses import dataclass

from nova.errors import Invalid

SSH = "ssh"
X509 = "x509"


class KeypairInvalid(Invalid):
    template = "Keypair data is invalid: {reason}"


@dataclass(frozen=True)
class Made:
    """A new pair; `private_key` is PEM and is shown to its user only now."""

    private_key: str
    public_key: str
    fingerprint: str


def colons(digest: bytes) -> str:
    return digest.hex(":")
