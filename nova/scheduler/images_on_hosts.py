"""Image properties of the servers on each host, for the weigher that likes its own kind."""

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from nova.objects.server import Instance
from nova.objects.store import CellStore, Page, Stores
from nova.objects.store.cell import InstanceFilter

LOG = logging.getLogger(__name__)
PREFIX = "image_"
ImageCounts = Mapping[str, Mapping[tuple[str, str], int]]


def read(stores: Stores) -> ImageCounts:
    """{host: {(property, value): servers}}.  Reads every server: only for clouds that turned
    the weigher on."""
    found: dict[str, Counter[tuple[str, str]]] = {}
    for cell, answer in stores.each(_servers).items():
        if not isinstance(answer, list):
            LOG.warning("Cell %s cannot tell its servers' images: %s", cell, answer)
            continue
        for server in answer:
            if server.host:
                found.setdefault(server.host, Counter()).update(_pairs(server))
    return found


def _servers(cell: CellStore) -> list[Instance]:
    return cell.instances.find(InstanceFilter(), Page(), detail=True)


def _pairs(server: Instance) -> list[tuple[str, str]]:
    metadata: dict[str, Any] = server.system_metadata or {}
    return [(key.removeprefix(PREFIX), str(value)) for key, value in metadata.items()
            if key.startswith(PREFIX)]
