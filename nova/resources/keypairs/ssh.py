"""SSH keys."""

import base64
import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from nova.resources.keypairs.material import KeypairInvalid, Made, colons

BITS = 2048
COMMENT = "Generated-by-Nova"


def fingerprint(public_key: str) -> str:
    """MD5 of the key, as OpenSSH long showed it; KeypairInvalid when it is none."""
    try:
        text = public_key.encode("ascii")
        serialization.load_ssh_public_key(text)
        blob = base64.b64decode(text.split()[1])
    except (ValueError, IndexError, UnsupportedAlgorithm):
        raise KeypairInvalid(reason="failed to generate fingerprint") from None
    return colons(hashlib.md5(blob, usedforsecurity=False).digest())


def generate() -> Made:
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    line = f"{public.decode()} {COMMENT}"
    return Made(private.decode(), line, fingerprint(line))
