"""An operating system in 512 bytes: it says that it runs, and obeys the power button.

Real hypervisors boot it in about two seconds without any image at hand.
"""

BANNER = b"NOVA GUEST READY\n"
OTHER_BANNER = b"ANOTHER GUEST UP\n"
LOAD_ADDRESS = 0x7C00

CODE = bytes.fromhex(
    "fa"  # cli
    "31c0"  # xor ax, ax
    "8ed8"  # mov ds, ax
    "be347c"  # mov si, banner
    # next:
    "ac"  # lodsb
    "84c0"  # test al, al
    "7406"  # jz listen
    "baf803"  # mov dx, 0x3f8: the first serial line
    "ee"  # out dx, al
    "ebf5"  # jmp next
    # listen:
    "ba0206"  # mov dx, 0x602: which power events we want to know of
    "b80001"  # mov ax, 0x100: the button
    "ef"  # out dx, ax
    # wait:
    "fb"  # sti
    "f4"  # hlt
    "ba0006"  # mov dx, 0x600: which events there were
    "ed"  # in ax, dx
    "f6c401"  # test ah, 1
    "74f5"  # jz wait
    "ba0406"  # mov dx, 0x604: power control
    "b80020"  # mov ax, 0x2000: off
    "ef"  # out dx, ax
    "ebec"  # jmp wait
)


def disk(size: int = 1024 * 1024, banner: bytes = BANNER) -> bytes:
    """A raw disk image of `size` bytes with that on it."""
    sector = CODE.ljust(0x34, b"\x90") + banner + b"\0"
    sector = sector.ljust(510, b"\0") + b"\x55\xaa"
    return sector.ljust(size, b"\0")
