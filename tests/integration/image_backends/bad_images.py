"""Images that want more than to be the disk of a guest, made by hand."""

import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOST_FILE = "/etc/hostname"
SECTOR = 512
PARTITIONS = bytes(446) + b"\x80\0\2\0\x83\0\2\0\1\0\0\0\x09\0\0\0" + bytes(48) + b"\x55\xaa"
CD = bytes(32769) + b"CD001\x01" + bytes(8192)


@dataclass(frozen=True)
class Bad:
    """`claim` is the format that the image service tells; `reason` stands in the fault of the
    server, or, where another host may do better, in the story of the action."""

    name: str
    content: bytes
    claim: str
    reason: str
    lies: dict[str, Any] = field(default_factory=dict)
    another_host: bool = False


def qcow2(
    *, backing: str = "", size: int = 1 << 20, features: int = 0, encrypted: int = 0
) -> bytes:
    """A head and empty tables; what it rests on is named behind the head."""
    head = struct.pack(
        ">4sIQIIQIIQQIIQ", b"QFI\xfb", 3, 512 if backing else 0, len(backing), 16, size,
        encrypted, 1, 196608, 65536, 1, 0, 0)  # fmt: skip
    head += struct.pack(">QQQII", features, 0, 0, 4, 104)
    return (head.ljust(512, b"\0") + backing.encode()).ljust(262144, b"\0")


def made(directory: Path, kind: str, *more: str) -> bytes:
    path = directory / f"made.{kind}"
    command = ["qemu-img", "create", "-q", "-f", kind, *more, str(path), "1M"]
    subprocess.run(command, check=True, timeout=60)
    return path.read_bytes()


def all_of(directory: Path) -> list[Bad]:
    plain = made(directory, "qcow2")
    flat = made(directory, "vmdk", "-o", "subformat=monolithicFlat")
    sparse = made(directory, "vmdk", "-o", "subformat=monolithicSparse")
    extent = f'RW 2048 FLAT "{HOST_FILE}" 0'.encode()
    at = sparse.index(b"# The Disk Data Base")
    data_file = f"data_file={directory}/data,data_file_raw=on"
    vhd, vhdx = made(directory, "vpc"), made(directory, "vhdx")
    return [
        Bad("rests on a file of the host", qcow2(backing=HOST_FILE), "qcow2", "backing"),
        Bad("rests on something far away", qcow2(backing="json:{\"driver\":\"nbd\"}"), "qcow2",
            "backing"),
        Bad("keeps its bytes elsewhere", made(directory, "qcow2", "-o", data_file), "qcow2",
            "data_file"),
        Bad("has a feature nobody knows", qcow2(features=1 << 40), "qcow2", "nknown"),
        Bad("is encrypted", qcow2(encrypted=2), "qcow2", "encrypted"),
        Bad("is no plain disk", plain, "raw", "claims to be raw and is qcow2"),
        Bad("is no CD", plain, "iso", "claims to be iso and is qcow2"),
        Bad("is a CD", CD, "raw", "claims to be raw and is iso"),
        Bad("is a plain disk", PARTITIONS + bytes(65536), "qcow2", "and is gpt"),
        Bad("is a disk, no CD", PARTITIONS + bytes(65536), "iso", "claims to be iso and is gpt"),
        Bad("is two things", plain[:32769] + b"CD001" + plain[32774:], "qcow2", "iso and qcow2"),
        Bad("is a new one of its kind", vhdx, "vhd", "claims to be vhd and is vhdx"),
        Bad("is an old one of its kind", vhd, "vhdx", "claims to be vhdx and is vhd"),
        Bad("is hidden in plain bytes", vhdx, "raw", "claims to be raw and is vhdx"),
        Bad("only describes other files", flat, "vmdk", "unacceptable"),
        Bad("takes a file of the host in", sparse[:at] + extent + sparse[at + len(extent):], "vmdk",
            "unacceptable"),
        Bad("says it is flat", sparse.replace(b"monolithicSparse", b"monolithicFlat\"#"), "vmdk",
            "unacceptable"),
        Bad("is locked", b"LUKS\xba\xbe\0\1" + bytes(8192), "raw", "and is luks"),
        Bad("is of a kind nobody opens", b"x" * 9000, "ploop", "ploop is not supported"),
        Bad("unfolds to more than there is room for", qcow2(size=1 << 40), "qcow2", "too small"),
        Bad("was changed on the way", b"changed" * 100, "raw", "could not be fetched",
            {"hash_value": "0" * 128, "hash_algorithm": "sha512"}, another_host=True),
        Bad("was changed, by the old sum", b"changed" * 100, "raw", "could not be fetched",
            {"hash_value": None, "hash_algorithm": None, "checksum": "0" * 32}, another_host=True),
        Bad("is shorter than it was", b"short" * 100, "raw", "could not be fetched", {"size": 501},
            another_host=True),
    ]  # fmt: skip
