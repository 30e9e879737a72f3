"""Images that somebody signed, or should have."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from nova.context import RequestContext
from nova.errors import NotFound, Unavailable
from nova.virt.contract import ImageRef, ImageStream
from nova.virt.contract.errors import BadSignature, ImageUnavailable, UntrustedCertificate
from nova.virt.contract.trust import ImageSignature, Trust
from nova.virt.imagery.intake import Intake
from nova.virt.imagery.vetting import Vetting, VettingRules
from tests.certificates import Holder, authority, issued

CONTENT = b"what was signed" * 1000
ROOT = authority()
MIDDLE = issued(ROOT, "middle", ca=True)
SIGNER = issued(MIDDLE, "signer")
KINDS = ("RSA-PSS", "DSA", "ECC_SECP384R1", "ECC_SECP521R1")
STRICT = VettingRules(verify=True)


class Certificates:
    """A source of images that has certificates alone."""

    def __init__(self, **holders: Holder) -> None:
        self.known = {name: one.der for name, one in holders.items()}
        self.askers: list[RequestContext | None] = []
        self.broken = False

    def certificate(self, certificate_id: str, context: RequestContext | None) -> bytes:
        self.askers.append(context)
        if self.broken:
            raise Unavailable(service="keys", reason="gone")
        if certificate_id not in self.known:
            raise NotFound()
        return self.known[certificate_id]


def known() -> Certificates:
    return Certificates(root=ROOT, middle=MIDDLE, signer=SIGNER)


def signed(by: Holder = SIGNER, method: str = "SHA-256", **changes: Any) -> ImageRef:
    said = ImageSignature(by.sign(CONTENT, method), method, by.kind, "signer")
    return ImageRef("image-1", "raw", signature=replace(said, **changes))


def take(
    image: ImageRef, source: Certificates, rules: VettingRules = STRICT, *trusted: str,
    content: bytes = CONTENT,
) -> str | None:
    vetting = Vetting(source, rules)  # type: ignore[arg-type]
    check = vetting.check_of(image, Trust(trusted))
    pieces: Iterator[bytes] = (content[at : at + 1000] for at in range(0, len(content), 1000))
    assert b"".join(Intake(image, ImageStream(pieces, image), signature=check)) == content
    return None if check is None else check.signer


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["SHA-224", "SHA-256", "SHA-384", "SHA-512"])
def test_who_signed_it(kind: str, method: str) -> None:
    holder = issued(ROOT, "signer", kind)
    image = signed(holder, method)
    assert take(image, Certificates(signer=holder)) == "signer"
    with pytest.raises(BadSignature, match="not those that were signed"):
        take(image, Certificates(signer=holder), content=CONTENT + b".")


@pytest.mark.parametrize(("changes", "reason"), [
    ({"value": None}, "Missing property: img_signature$"),
    ({"value": ""}, "Missing property: img_signature$"),
    ({"hash_method": None}, "Missing property: img_signature_hash_method"),
    ({"key_type": None}, "Missing property: img_signature_key_type"),
    ({"certificate_id": None}, "Missing property: img_signature_certificate_uuid"),
    ({"certificate_id": "nobody"}, "Certificate not found with ID: nobody"),
    ({"value": "not base64!"}, "base64"),
    ({"hash_method": "MD5"}, "Invalid signature hash method: MD5"),
    ({"key_type": "ROT13"}, "Invalid signature key type: ROT13"),
    ({"key_type": "DSA"}, "Invalid public key type for signature key type: DSA"),
    ({"value": ROOT.sign(CONTENT)}, "not those that were signed"),
    ({"hash_method": "SHA-512"}, "not those that were signed"),
])  # fmt: skip
def test_what_is_wrong_with_a_signature(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadSignature) as caught:
        take(signed(**changes), known())
    text = str(caught.value)
    assert text.startswith("Signature verification for the image failed: ")
    assert text.endswith(".") and not text.endswith("..")
    assert caught.match(reason.replace("$", r"\.$"))


@pytest.mark.parametrize(("rules", "named", "looked"), [
    (VettingRules(), (), False),
    (VettingRules(validate=True, usual=("root",)), (), False),
    (STRICT, (), True),
    (VettingRules(), ("root", "middle"), True),
])  # fmt: skip
def test_who_wants_to_know(rules: VettingRules, named: tuple[str, ...], looked: bool) -> None:
    unsigned = ImageRef("image-1", "raw")
    if not looked:
        assert take(unsigned, known(), rules, *named) is None
    else:
        with pytest.raises(BadSignature, match="Missing property"):
            take(unsigned, known(), rules, *named)


CHAIN = VettingRules(verify=True, validate=True, usual=("root", "middle"))


@pytest.mark.parametrize(("rules", "named", "trusted"), [
    (CHAIN, (), True),
    (CHAIN, ("root",), False),
    (CHAIN, ("middle",), False),
    (CHAIN, ("middle", "unknown", "root"), True),
    (CHAIN, ("unknown",), False),
    (replace(CHAIN, usual=()), (), False),
    (VettingRules(), ("root", "middle"), True),
    (VettingRules(), ("root",), False),
])  # fmt: skip
def test_whom_a_chain_leads_to(
    rules: VettingRules, named: tuple[str, ...], trusted: bool
) -> None:
    if trusted:
        assert take(signed(), known(), rules, *named) == "signer"
        return
    with pytest.raises(UntrustedCertificate, match="failed for certificate: signer"):
        take(signed(), known(), rules, *named)


def test_a_certificate_that_is_over() -> None:
    late = issued(ROOT, "signer", days=-1)
    source = Certificates(root=ROOT, signer=late)
    assert take(signed(late), source) == "signer"
    with pytest.raises(UntrustedCertificate, match="valid date"):
        take(signed(late), source, CHAIN)


def test_a_name_is_no_signature() -> None:
    """Another one of the same name did not sign the signer's certificate."""
    source = Certificates(root=ROOT, middle=issued(ROOT, "middle", ca=True), signer=SIGNER)
    with pytest.raises(UntrustedCertificate):
        take(signed(), source, CHAIN)


def test_who_asks_and_a_key_service_that_is_away() -> None:
    source, user = known(), RequestContext(user_id="u", auth_token="t")
    Vetting(source, CHAIN).check_of(signed(), Trust(context=user))  # type: ignore[arg-type]
    assert set(source.askers) == {user}
    source.broken = True
    with pytest.raises(ImageUnavailable, match="gone"):
        take(signed(), source)
