"""Keys and certificates, read and made."""

from datetime import UTC, datetime

import pytest
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from nova.resources.keypairs import ssh, x509
from nova.resources.keypairs.material import KeypairInvalid

NOW = datetime(2026, 8, 21, tzinfo=UTC)
RSA = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDx8nkQv/zgGgB4rMYmIf+6A4l6Rr+o/6lHBQdW5aYd44bd"
    "8JttDCE/F/pNRr0lRE+PiqSPO8nDPHw0010JeMH9gYgnnFlyY3/OcJ02RhIPyyxYpv9FhY+2YiUkpwFOcLIm"
    "yrxEsYXpD/0d3ac30bNH6Sw9JD9UZHYcpSxsIbECHw== Generated-by-Nova"
)


def openssh(key: object) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        .decode()
    )


def test_fingerprint_of_a_known_key() -> None:
    assert ssh.fingerprint(RSA) == "1e:2c:9b:56:79:4b:45:77:f9:ca:7a:98:2c:b0:d5:3c"
    assert ssh.fingerprint(RSA.rsplit(" ", 1)[0]) == ssh.fingerprint(RSA + "\n")


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_kinds_of_keys(kind: str) -> None:
    key = {
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
    }[kind]()
    assert len(ssh.fingerprint(openssh(key))) == 47


@pytest.mark.parametrize(
    "text",
    ["", "ssh-rsa", "ssh-rsa AAAA", "x y z", "ssh-rsa é", RSA.replace("AAAAB3", "AAAAB4"), "a\nb"],
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(
        KeypairInvalid, match="Keypair data is invalid: failed to generate fingerprint"
    ):
        ssh.fingerprint(text)


def test_generated_keys_belong_together() -> None:
    made = ssh.generate()
    private = serialization.load_pem_private_key(made.private_key.encode(), None)
    assert made.public_key == f"{openssh(private)} Generated-by-Nova"
    assert made.fingerprint == ssh.fingerprint(made.public_key)


@pytest.mark.parametrize("user", ["alice", "é" * 60, "u" * 255])
def test_generated_certificate(user: str) -> None:
    made = x509.generate(user, NOW)
    read = certificates.load_pem_x509_certificate(made.public_key.encode())
    private = serialization.load_pem_private_key(made.private_key.encode(), None)
    assert read.public_key().public_numbers() == private.public_key().public_numbers()
    assert read.subject.rfc4514_string().startswith("CN=")
    names = read.extensions.get_extension_for_class(certificates.SubjectAlternativeName).value
    (principal,) = names.get_values_for_type(certificates.OtherName)
    assert b"@localhost" in principal.value and user[:30].encode() in principal.value
    assert x509.fingerprint(made.public_key) == made.fingerprint


def test_what_is_no_certificate() -> None:
    with pytest.raises(KeypairInvalid, match="failed to generate X509 fingerprint"):
        x509.fingerprint("nonsense")
