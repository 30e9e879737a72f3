"""Files that a request writes into a new guest, as long as there was such a thing."""

import base64
from collections.abc import Mapping, Sequence

from nova.errors import Forbidden
from nova.resources.quotas.limits import exceeds


class TooManyFiles(Forbidden):
    template = "Personality file limit exceeded"


class FilePathTooLong(Forbidden):
    template = "Personality file path exceeds maximum {allowed}"


class FileTooLong(Forbidden):
    template = "Personality file content exceeds maximum {allowed}"


def refuse_files(limits: Mapping[str, int], files: Sequence[Mapping[str, str]]) -> None:
    """Raise unless the files fit the project's limits; sizes in characters and bytes."""
    if exceeds(len(files), limits["injected_files"]):
        raise TooManyFiles()
    path, content = limits["injected_file_path_bytes"], limits["injected_file_content_bytes"]
    for file in files:
        if exceeds(len(file.get("path", "")), path):
            raise FilePathTooLong(allowed=path)
        if exceeds(_size(file.get("contents", "")), content):
            raise FileTooLong(allowed=content)


def _size(contents: str) -> int:
    return len(base64.b64decode(contents))
