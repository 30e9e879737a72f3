"""Images that lie."""

import hashlib
import struct
import subprocess

import pytest

from nova.errors import Unavailable
from nova.virt.contract import ImageRef, ImageStream
from nova.virt.contract.errors import BadImage, ImageChecksumMismatch, ImageUnavailable
from nova.virt.imagery.inspection import Content
from nova.virt.imagery.intake import Intake


def take(content, disk_format="raw", piece=1000, **known):
    pieces = (content[at : at + piece] for at in range(0, len(content), piece))
    ref = ImageRef("image-1", disk_format, **known)
    intake = Intake(ref, ImageStream(pieces, ref))
    assert b"".join(intake) == content
    return intake.content()


def qcow2(*, backing=0, features=0, size=1 << 30, version=3):
    head = struct.pack(
        ">4sIQIIQIIQQIIQ",
        b"QFI\xfb",
        version,
        backing,
        9 if backing else 0,
        16,
        size,
        0,
        1,
        196608,
        65536,
        1,
        0,
        0,
    )
    return (head + struct.pack(">QQQII", features, 0, 0, 4, 104)).ljust(262144, b"\0")


def made(tmp_path, kind, *more):
    path = tmp_path / f"disk.{kind}"
    subprocess.run(["qemu-img", "create", "-q", "-f", kind, *more, path, "8M"], check=True)
    return path.read_bytes()


def test_plain_bytes():
    assert take(b"x" * 5000) == Content("raw", 5000)


def test_qcow2():
    assert take(qcow2(), "qcow2") == Content("qcow2", 1 << 30)


@pytest.mark.parametrize(("kind", "claim"), [("qcow2", "qcow2"), ("vdi", "vdi"), ("vhdx", "vhdx")])
def test_formats_made_by_tools(tmp_path, kind, claim):
    assert take(made(tmp_path, kind), claim) == Content(claim, 8 << 20)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (qcow2(backing=512), "backing file"),
        (qcow2(features=1 << 2), "data_file"),
        (qcow2(features=1 << 40), "Unknown"),
        (qcow2(version=1), "version"),
    ],
)
def test_a_qcow2_that_names_other_files_is_refused(content, reason):
    with pytest.raises(BadImage, match=reason):
        take(content, "qcow2")


@pytest.mark.parametrize("claim", ["raw", "iso", "ami", "vmdk", "vdi"])
def test_a_qcow2_that_claims_to_be_something_else_is_refused(claim):
    with pytest.raises(BadImage, match=f"claims to be {claim} and is qcow2"):
        take(qcow2(), claim)


def test_a_vmdk_that_names_a_file_of_the_host_is_refused(tmp_path):
    content = made(tmp_path, "vmdk", "-o", "subformat=monolithicSparse")
    evil = content.replace(b"disk.vmdk", b"/etc/pswd")
    with pytest.raises(BadImage):
        take(evil, "vmdk")


@pytest.mark.parametrize("claim", ["qed", "ploop", "luks", "nonsense"])
def test_a_format_nobody_knows_is_refused(claim):
    with pytest.raises(BadImage, match="not supported"):
        take(b"x", claim)


def test_a_partition_table_or_a_cd_is_still_plain(tmp_path):
    sector = bytearray(b"\0" * 510 + b"\x55\xaa")
    sector[446:462] = bytes([0x80, 0, 2, 0, 0x83, 0, 2, 0, 1, 0, 0, 0, 9, 0, 0, 0])
    assert take(bytes(sector) + bytes(5000)).format == "raw"
    (tmp_path / "a").write_text("hello")
    subprocess.run(["genisoimage", "-quiet", "-o", tmp_path / "cd", tmp_path / "a"], check=True)
    content = (tmp_path / "cd").read_bytes()
    assert take(content, "iso").format == "raw"
    assert take(content, "raw").format == "raw"


def test_hashes():
    content = b"some bytes"
    strong = {"hash_algorithm": "sha256", "hash_value": hashlib.sha256(content).hexdigest()}
    take(content, size=len(content), **strong)
    take(content, checksum=hashlib.md5(content).hexdigest())
    with pytest.raises(ImageChecksumMismatch, match="its sha256 is"):
        take(content + b"!", **strong)
    with pytest.raises(ImageChecksumMismatch, match="its md5 is"):
        take(content, checksum="0" * 32)
    with pytest.raises(BadImage, match="10 bytes arrived instead of 11"):
        take(content, size=11)
    with pytest.raises(BadImage, match="unknown"):
        take(content, hash_algorithm="rot13", hash_value="x")


@pytest.mark.parametrize(
    "error", [ConnectionResetError("gone"), Unavailable(service="i", reason="r")]
)
def test_a_broken_transfer_is_no_fault_of_the_image(error):
    def pieces():
        yield b"half"
        raise error

    ref = ImageRef("image-1", "raw")
    with pytest.raises(ImageUnavailable):
        list(Intake(ref, ImageStream(pieces(), ref)))


def test_the_verdict_needs_the_whole_image():
    ref = ImageRef("image-1", "raw")
    with pytest.raises(RuntimeError):
        Intake(ref, ImageStream(iter([b"x"]), ref)).content()
