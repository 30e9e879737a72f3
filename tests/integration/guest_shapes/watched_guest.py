"""A guest of 512 bytes that says that it runs, starts its watchdog, and then does nothing."""

import struct

from tests.contracts.virt import tiny_guest

ORDER = bytes.fromhex(
    "fa"  # cli
    "31c0"  # xor ax, ax
    "8ed8"  # mov ds, ax
    "be807c"  # mov si, banner
    # next:
    "ac"  # lodsb
    "84c0"  # test al, al
    "7406"  # jz search
    "baf803"  # mov dx, 0x3f8: the first serial line
    "ee"  # out dx, al
    "ebf5"  # jmp next
    # search: the watchdog among the PCI devices
    "66bb00000080"  # mov ebx, 0x80000000
    # device:
    "6689d8"  # mov eax, ebx
    "baf80c"  # mov dx, 0xcf8: which register of which device
    "66ef"  # out dx, eax
    "bafc0c"  # mov dx, 0xcfc: what is in it
    "66ed"  # in eax, dx
    "663d8680ab25"  # cmp eax, 0x25ab8086
    "7409"  # je found
    "6681c300080000"  # add ebx, 0x800
    "ebe2"  # jmp device
    # found: its clock is the fast one
    "6689d8"  # mov eax, ebx
    "b060"  # mov al, 0x60
    "baf80c"  # mov dx, 0xcf8
    "66ef"  # out dx, eax
    "bafc0c"  # mov dx, 0xcfc
    "b80400"  # mov ax, 4
    "ef"  # out dx, ax
    # and it runs
    "6689d8"  # mov eax, ebx
    "b068"  # mov al, 0x68
    "baf80c"  # mov dx, 0xcf8
    "66ef"  # out dx, eax
    "bafc0c"  # mov dx, 0xcfc
    "b002"  # mov al, 2
    "ee"  # out dx, al
    # rest:
    "f4"  # hlt
    "ebfd"  # jmp rest
)
BANNER_AT = 0x80


def disk(size: int = 1024 * 1024) -> bytes:
    sector = ORDER.ljust(BANNER_AT, b"\x90") + tiny_guest.BANNER + b"\0"
    return (sector.ljust(510, b"\0") + struct.pack("<H", 0xAA55)).ljust(size, b"\0")
