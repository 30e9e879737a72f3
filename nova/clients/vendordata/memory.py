"""Vendor data in memory, which remembers what it was asked."""

from collections.abc import Mapping
from typing import Any

from nova.clients.vendordata.contract import VendorDataUnavailable


class VendorDataMemory:
    """`answers` by the name of the service; `failing`: none of them answers."""

    def __init__(self, static: Any = None, **answers: Any) -> None:
        self._static = {} if static is None else static
        self._answers = answers
        self.asked: list[Mapping[str, Any]] = []
        self.failing = False

    def static(self) -> Any:
        return self._static

    def dynamic(self, server: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(server)
        if self.failing:
            raise VendorDataUnavailable(service="vendor data", reason="no answer")
        return dict(self._answers)
