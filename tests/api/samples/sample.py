"""contract/samples.json: what to ask where, since which version, and either the request's
body or the answer's shape.  `request` names the sample with which an answer's request is
made.
"""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova.microversions import Microversion

HERE = Path(__file__).parents[1] / "contract"
Group = tuple[str, str, str | None]
# Only administrators are shown these.
ADMINS_ONLY = ("OS-EXT-SRV-ATTR:host", "export_location", "cpu_pinning")
# Where administrators are shown more than others.
VIEWS = (
    "/servers", "/servers/detail", "/servers/{id}", "/servers/{server_id}/shares",
    "/servers/{server_id}/shares/{id}", "/servers/{server_id}/topology",
)  # fmt: skip


@dataclass(frozen=True)
class Sample:
    row: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.row["name"])

    @property
    def short(self) -> str:
        """Its name without folder, version and direction, which those of one kind share."""
        return re.sub(r"(-v\d+)?(-resp|-req)?$", "", self.name.rsplit("/", 1)[1])

    @property
    def method(self) -> str:
        return str(self.row["method"])

    @property
    def path(self) -> str:
        return str(self.row["path"])

    @property
    def action(self) -> str | None:
        return self.row.get("action")

    @property
    def group(self) -> Group:
        return self.method, self.path, self.action

    @property
    def version(self) -> Microversion:
        return Microversion.parse(self.row["version"])

    @property
    def is_request(self) -> bool:
        return bool(self.row["kind"] == "request")

    @property
    def shown(self) -> Any:
        """The shape of what is answered to it; None when no sample tells."""
        if not self.is_request:
            return self.row["shape"]
        return _answers().get(self.name)

    @property
    def pages(self) -> bool:
        """Whether the answer leads on to another page."""
        shape = self.shown
        return isinstance(shape, dict) and any(
            key == "links" or key.endswith("_links") for key in shape
        )

    @property
    def who(self) -> str:
        """An administrator, unless that one is shown more than the sample tells."""
        if self.short.endswith("non-admin"):
            return "user"
        views = self.path in VIEWS and self.group[:2] != ("POST", "/servers")
        if self.shown is None or not (views or self.action == "rebuild"):
            return "admin"
        text = json.dumps(self.shown)
        return "admin" if any(f'"{key}"' in text for key in ADMINS_ONLY) else "user"


@functools.cache
def samples() -> dict[str, Sample]:
    rows = json.loads((HERE / "samples.json").read_text())
    return {row["name"]: Sample(row) for row in rows}


@functools.cache
def _answers() -> dict[str, Any]:
    """Shapes by the request they answer."""
    found = samples().values()
    return {one.row["request"]: one.row["shape"] for one in found if "request" in one.row}
