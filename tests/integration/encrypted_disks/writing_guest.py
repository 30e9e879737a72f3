"""A guest of 512 bytes that writes a mark to its disk, or tells that it found it there.

In the image the mark is not to be read: only a guest that ran can have written it.
"""

from tests.contracts.virt import tiny_guest

MARK = b"A MARK IN PLAIN!"
WROTE, REMEMBERS = b"GUEST WROTE\n", b"GUEST REMEMBERS\n"
VEIL = 0x55
# From the beginning of the sector, which is loaded to 0x7c00.
MARK_AT, WROTE_AT, REMEMBERS_AT = 0x100, 0x120, 0x160

ORDER = bytes.fromhex(
    "31c0"  # xor ax, ax
    "8ed8"  # mov ds, ax
    "8ec0"  # mov es, ax
    "8ed0"  # mov ss, ax
    "bc007c"  # mov sp, 0x7c00
    "52"  # push dx: the disk it came from
    "be007d"  # mov si, mark
    "bf0080"  # mov di, 0x8000
    "b91000"  # mov cx, 16
    # unveil:
    "ac"  # lodsb
    "3455"  # xor al, 0x55
    "aa"  # stosb
    "e2fa"  # loop unveil
    "5a52"  # pop dx; push dx
    "b80102"  # mov ax, 0x201: read one sector
    "b90a00"  # mov cx, 10: the tenth
    "b600"  # mov dh, 0
    "bb0082"  # mov bx, 0x8200
    "cd13"  # int 0x13
    "be0080"  # mov si, 0x8000
    "bf0082"  # mov di, 0x8200
    "b91000"  # mov cx, 16
    "f3a6"  # repe cmpsb
    "5a"  # pop dx
    "be607d"  # mov si, remembers
    "7410"  # je say
    "b80103"  # mov ax, 0x301: write one sector
    "b90a00"  # mov cx, 10
    "b600"  # mov dh, 0
    "bb0080"  # mov bx, 0x8000
    "cd13"  # int 0x13
    "be207d"  # mov si, wrote
    # say:
    "ac"  # lodsb
    "84c0"  # test al, al
    "7406"  # jz listen
    "baf803"  # mov dx, 0x3f8: the first serial line
    "ee"  # out dx, al
    "ebf5"  # jmp say
)
LISTEN = tiny_guest.CODE[tiny_guest.CODE.index(bytes.fromhex("ba0206")):]


def disk(size: int = 1024 * 1024) -> bytes:
    sector = bytearray(510)
    texts = {0: ORDER + LISTEN, MARK_AT: bytes(one ^ VEIL for one in MARK),
             WROTE_AT: WROTE + b"\0", REMEMBERS_AT: REMEMBERS + b"\0"}  # fmt: skip
    for at, text in texts.items():
        sector[at : at + len(text)] = text
    return (bytes(sector) + b"\x55\xaa").ljust(size, b"\0")
