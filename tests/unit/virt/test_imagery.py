"""Images that lie."""

import contextlib
import hashlib
import struct
import subprocess

import pytest

from nova.errors import Unavailable
from nova.virt.contract import ImageRef, ImageStream
from nova.virt.contract.errors import BadImage, ImageChecksumMismatch, ImageUnavailable
from nova.virt.imagery.inspection import STRICT, Content, Rules
from nova.virt.imagery.intake import Intake


def take(content, disk_format="raw", piece=1000, rules=STRICT, **known):
    pieces = (content[at : at + piece] for at in range(0, len(content), piece))
    ref = ImageRef("image-1", disk_format, **known)
    intake = Intake(ref, ImageStream(pieces, ref), rules)
    assert b"".join(intake) == content
    return intake.content()


def qcow2(*, backing=0, features=0, size=1 << 30, version=3, encrypted=0):
    head = struct.pack(
        ">4sIQIIQIIQQIIQ",
        b"QFI\xfb",
        version,
        backing,
        9 if backing else 0,
        16,
        size,
        encrypted,
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
        (qcow2(features=1 << 4), "Unknown"),
        (qcow2(encrypted=1), "encrypted"),
        (qcow2(encrypted=2), "encrypted"),
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
    hybrid = content[:446] + bytes(sector)[446:512] + content[512:]
    assert take(hybrid, "iso").format == "raw"


@pytest.mark.parametrize(
    ("content", "claim", "found"),
    [
        (bytes(40960), "iso", "raw"),
        (bytes(446) + b"\x80" + bytes(63) + b"\x55\xaa" + bytes(40960), "iso", "gpt"),
        (bytes(32769) + b"CD001" + bytes(8192), "raw", "iso"),
        (bytes(32769) + b"NSR02" + bytes(8192), "ami", "iso"),
        (qcow2()[:32769] + b"CD001" + qcow2()[32774:], "iso", "iso and qcow2"),
        (qcow2()[:32769] + b"CD001" + qcow2()[32774:], "qcow2", "iso and qcow2"),
        (qcow2()[:510] + b"\x55\xaa" + qcow2()[512:], "raw", "gpt and qcow2"),
        (qcow2()[:510] + b"\x55\xaa" + qcow2()[512:], "qcow2", "gpt and qcow2"),
        (b"LUKS\xba\xbe\x00\x01" + bytes(8192), "raw", "luks"),
        (b"QED\x00" + bytes(8192), "raw", "qed"),
    ],
)
def test_one_thing_that_pretends_to_be_another_is_refused(content, claim, found):
    with pytest.raises(BadImage, match=f"claims to be {claim} and is {found}"):
        take(content, claim)


@pytest.mark.parametrize("kind", ["monolithicSparse", "streamOptimized"])
def test_a_vmdk_in_one_piece(tmp_path, kind):
    content = made(tmp_path, "vmdk", "-o", f"subformat={kind}")
    assert take(content, "vmdk").format == "vmdk"
    with pytest.raises(BadImage, match=f"subformat {kind.lower()} is not allowed"):
        take(content, "vmdk", rules=Rules(("other",)))


@pytest.mark.parametrize("kind", ["monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat"])
def test_a_vmdk_of_many_files_is_refused(tmp_path, kind):
    """What is uploaded of it is the description, which names the other files."""
    content = made(tmp_path, "vmdk", "-o", f"subformat={kind}")
    with pytest.raises(BadImage):
        take(content, "vmdk")


@pytest.mark.parametrize("kind", ["custom", "vmfs", "fullDevice", "", "x" * 500])
def test_a_vmdk_that_lies_of_its_subformat_is_refused(tmp_path, kind):
    content = made(tmp_path, "vmdk", "-o", "subformat=monolithicSparse")
    old = b'createType="monolithicSparse"'
    with pytest.raises(BadImage):
        take(content.replace(old, f'createType="{kind}"'.encode().ljust(len(old))), "vmdk")


@pytest.mark.parametrize(
    "line", [b'RW 1 FLAT "/dev/sda" 0', b'RW 1 FLAT "../../x" 0', b"something else"]
)
def test_a_vmdk_with_other_extents_is_refused(tmp_path, line):
    content = made(tmp_path, "vmdk", "-o", "subformat=monolithicSparse")
    at = content.index(b"# The Disk Data Base")
    with pytest.raises(BadImage):
        take(content[:at] + line + b"\n" + content[at + len(line) + 1 :], "vmdk")


@pytest.mark.parametrize("kind", ["qcow2", "vmdk", "vdi", "vhdx", "vpc"])
def test_no_beginning_of_an_image_breaks_anything(tmp_path, kind):
    """Cut off anywhere, or with any byte of its head turned: taken or refused, never an error."""
    content = made(tmp_path, kind)
    claim = "vhd" if kind == "vpc" else kind
    for length in (0, 1, 3, 4, 31, 32, 33, 72, 103, 104, 511, 512, 513, 1024):
        attempt(content[:length], claim)
    for at in range(0, min(len(content), 1200), 17):
        attempt(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :], claim)


def attempt(content, claim):
    with contextlib.suppress(BadImage):
        assert take(content, claim, piece=65536).virtual_size >= 0


def test_a_real_backing_file_is_refused(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(1024))
    path = tmp_path / "thin.qcow2"
    words = ("-f", "qcow2", "-F", "raw", "-b", tmp_path / "secret", path)
    subprocess.run(["qemu-img", "create", "-q", *words], check=True)
    with pytest.raises(BadImage, match="backing file"):
        take(path.read_bytes(), "qcow2")


def test_a_real_data_file_is_refused(tmp_path):
    path, data = tmp_path / "head.qcow2", tmp_path / "data"
    options = f"data_file={data},data_file_raw=on"
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-o", options, path, "1M"], check=True
    )
    with pytest.raises(BadImage, match="data_file"):
        take(path.read_bytes(), "qcow2")


def test_features_that_are_harmless_are_taken(tmp_path):
    harmless = "compat=0.10", "compression_type=zlib", "lazy_refcounts=on"
    for options in harmless:
        path = tmp_path / "some.qcow2"
        subprocess.run(
            ["qemu-img", "create", "-q", "-f", "qcow2", "-o", options, path, "1M"], check=True
        )
        assert take(path.read_bytes(), "qcow2") == Content("qcow2", 1 << 20)


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


TRUSTING = Rules(deep=False)


def test_where_operators_look_less_deep_an_image_may_look_like_something_else_too():
    both = qcow2()[:32769] + b"CD001" + qcow2()[32774:]
    assert take(both, "qcow2", rules=TRUSTING) == Content("qcow2", 1 << 30)
    assert take(qcow2(), "raw", rules=TRUSTING) == Content("raw", 262144)


@pytest.mark.parametrize(("content", "claim"), [
    (qcow2(backing=512), "qcow2"), (qcow2(features=1 << 2), "qcow2"), (b"x" * 9000, "qcow2"),
    (b"x", "ploop"), (qcow2(encrypted=1), "qcow2"),
])
def test_but_it_may_not_name_other_files(content, claim):
    with pytest.raises(BadImage):
        take(content, claim, rules=TRUSTING)
