"""What stands in the header of an encrypted disk."""

import os
import struct
from pathlib import Path

# The first sector of the contents; of LUKS in its first version.
AT, PAYLOAD = 104, struct.Struct(">I")
SECTOR = 512


def payload_bytes(disk: Path) -> int:
    """How large the disk is that its guest sees; only for disks made by us."""
    with disk.open("rb") as file:
        file.seek(AT)
        (first,) = PAYLOAD.unpack(file.read(PAYLOAD.size))
    return max(os.stat(disk).st_size - int(first) * SECTOR, 0)
