"""The record of which format each file of a guest has.

A format is never found out by looking: what a guest wrote into a plain disk may
look like anything.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from nova.virt.libvirt.storage.layout import FORMATS


def recorded_formats(directory: Path) -> dict[str, str] | None:
    """By the name of the file; None: there is no record."""
    try:
        record = json.loads((directory / FORMATS).read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    return {Path(path).name: kind for path, kind in record.items()}


def record_formats(directory: Path, formats: Mapping[str, str]) -> None:
    record = {str(directory / name): kind for name, kind in formats.items()}
    fresh = directory / f"{FORMATS}.part"
    fresh.write_text(json.dumps(record))
    os.replace(fresh, directory / FORMATS)
