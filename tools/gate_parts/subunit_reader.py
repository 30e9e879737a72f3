"""Prints what a subunit stream tells of tests: {test: [status, why]}.

Runs in Tempest's environment, which knows that format.
"""

import io
import json
import re
import sys
from collections import defaultdict
from typing import Any

import subunit
from testtools import StreamResult

STATUS = {"success": "passed", "skip": "skipped", "fail": "failed", "uxsuccess": "failed",
          "xfail": "failed"}


class Reading(StreamResult):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, tuple[str, str]] = {}
        self._text: dict[str, bytes] = defaultdict(bytes)

    def status(self, test_id: Any = None, test_status: Any = None, file_name: Any = None,
               file_bytes: Any = None, **_: Any) -> None:
        if test_id is None:
            return
        if file_bytes and file_name in ("traceback", "reason"):
            self._text[test_id] += file_bytes
        if test_status in STATUS:
            name = re.sub(r"\[.*\]$", "", test_id)
            self.found[name] = (STATUS[test_status], self._text[test_id].decode(errors="replace"))


if __name__ == "__main__":
    reading = Reading()
    with open(sys.argv[1], "rb") as stream:
        source = io.BytesIO(stream.read())
    subunit.ByteStreamToStreamResult(source, non_subunit_name="stdout").run(reading)
    print(json.dumps(reading.found))
