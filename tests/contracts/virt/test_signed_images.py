"""Guests whose owner says who has to have signed their images."""

import dataclasses
import uuid

import pytest

from nova.virt.contract import RescueDisk
from nova.virt.contract.errors import BadSignature, UntrustedCertificate
from nova.virt.contract.trust import ImageSignature, Trust
from tests.certificates import authority, issued
from tests.contracts.virt import tiny_guest
from tests.contracts.virt.subjects import state, wait_until_up

ROOT, STRANGER = authority(), authority("stranger")
SIGNER = issued(ROOT, "signer")
TRUST = Trust(("root",))


@pytest.fixture
def image(subject):
    """Of its own for each test, and signed."""
    content = tiny_guest.disk() + uuid.uuid4().bytes.ljust(512, b"\0")
    subject.images.certificates.update(root=ROOT.der, signer=SIGNER.der, stranger=STRANGER.der)
    said = ImageSignature(SIGNER.sign(content), "SHA-256", "RSA-PSS", "signer")
    return subject.images.add(content, signature=said)


def unsigned(subject, image):
    return subject.images.change(image.image_id, signature=ImageSignature())


def forged(subject, image):
    other = dataclasses.replace(image.signature, value=SIGNER.sign(b"other bytes"))
    return subject.images.change(image.image_id, signature=other)


def fetched(subject, image):
    return subject.images.fetched.count(image.image_id)


def test_a_good_one_is_looked_at_once(subject, spawn, image):
    guests = [spawn(image=image, trust=TRUST) for _ in range(2)]
    assert fetched(subject, image) == 1
    wait_until_up(subject, guests[0])


def test_a_bad_one_makes_no_guest(subject, spec, image):
    for spoil in (unsigned, forged):
        guest = spec(image=spoil(subject, image), trust=TRUST)
        with pytest.raises(BadSignature):
            subject.driver.spawn.spawn(guest)
        assert subject.leftovers(guest.uuid) == []
    assert image.image_id not in [one.image_id for one in subject.driver.images.cached()]


def test_who_signed_it_counts_for_each_guest(subject, spawn, spec, image):
    spawn(image=image, trust=TRUST)
    guest = spec(image=image, trust=Trust(("stranger",)))
    with pytest.raises(UntrustedCertificate, match="certificate: signer"):
        subject.driver.spawn.spawn(guest)
    assert subject.leftovers(guest.uuid) == []
    assert fetched(subject, image) == 1


def test_what_came_unseen_comes_again(subject, spawn, spec, image):
    careless = spawn(image=image)
    guest = spec(image=forged(subject, image), trust=TRUST)
    with pytest.raises(BadSignature):
        subject.driver.spawn.spawn(guest)
    subject.images.change(image.image_id, signature=image.signature)
    spawn(image=image, trust=TRUST)
    assert fetched(subject, image) == 3
    subject.driver.power.reboot_hard(careless)
    wait_until_up(subject, careless)


def test_neither_a_new_disk_nor_a_rescue(subject, guest, image):
    bad = unsigned(subject, image)
    strict = dataclasses.replace(guest, trust=TRUST)
    before = state(subject, guest)
    with pytest.raises(BadSignature):
        subject.driver.rescue.rescue(strict, RescueDisk(image=bad))
    renewed = dataclasses.replace(strict, root=dataclasses.replace(guest.root, image=bad))
    with pytest.raises(BadSignature):
        subject.driver.rebuild.rebuild(renewed)
    assert state(subject, guest) == before
