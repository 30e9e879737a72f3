"""The image `tiny`: a disk that really boots, and says so on screen and serial port.

Its first sector is all of the operating system there is: it prints a greeting
through the BIOS, and byte by byte to the first serial port, and then rests.
"""

GREETING = b"\r\nHello from a tiny server. There is nothing more in this image.\r\n"
SIZE = 1 << 20
_SECTOR = 512
_LOADED_AT = 0x7C00

# x86, real mode.  The address of the greeting follows BE.
_PROGRAM = bytes.fromhex(
    "31c0 8ed8"  # xor ax,ax; mov ds,ax
    "fc be 0000"  # cld; mov si,greeting
    "ac 84c0 740a"  # next: lodsb; test al,al; jz rest
    "ba f803 ee"  # mov dx,3F8h; out dx,al
    "b40e cd10"  # mov ah,0Eh; int 10h
    "ebf1"  # jmp next
    "f4 ebfd"  # rest: hlt; jmp rest
)
_ADDRESS = 6


def boot_sector() -> bytes:
    """512 bytes."""
    where = (_LOADED_AT + len(_PROGRAM)).to_bytes(2, "little")
    program = _PROGRAM[:_ADDRESS] + where + _PROGRAM[_ADDRESS + 2 :]
    return (program + GREETING + b"\0").ljust(_SECTOR - 2, b"\0") + b"\x55\xaa"


def tiny_image() -> bytes:
    """A raw disk of 1 MiB."""
    return boot_sector().ljust(SIZE, b"\0")
