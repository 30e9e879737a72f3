"""Whether files of a directory can be read and written past the page cache."""

import mmap
import os
import uuid
from pathlib import Path

ALIGNMENT = 4096


def supports_direct_io(directory: Path) -> bool:
    directory.mkdir(parents=True, exist_ok=True)
    probe = directory / f".direct-io-{uuid.uuid4().hex}"
    try:
        handle = os.open(probe, os.O_CREAT | os.O_WRONLY | os.O_DIRECT, 0o600)
        try:
            with mmap.mmap(-1, ALIGNMENT) as page:
                os.write(handle, page)
        finally:
            os.close(handle)
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)
    return True
