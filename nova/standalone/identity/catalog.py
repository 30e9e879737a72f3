"""The service catalogue as tokens and GET /v3/auth/catalog show it."""

from typing import Any

import sqlalchemy as sa

from nova.standalone.identity import tables as t
from nova.standalone.storage import rows


def catalog(connection: sa.Connection, project_id: str | None) -> list[dict[str, Any]]:
    """Enabled services with enabled endpoints, project placeholders filled in."""
    services = rows(connection, sa.select(t.SERVICES).where(t.SERVICES.c.enabled.is_(True)))
    endpoints = rows(connection, sa.select(t.ENDPOINTS).where(t.ENDPOINTS.c.enabled.is_(True)))
    return [
        {
            "id": service["id"],
            "type": service["type"],
            "name": service["name"] or "",
            "endpoints": [
                _endpoint(endpoint, project_id)
                for endpoint in endpoints
                if endpoint["service_id"] == service["id"]
            ],
        }
        for service in services
    ]


def _endpoint(endpoint: dict[str, Any], project_id: str | None) -> dict[str, Any]:
    return {
        "id": endpoint["id"],
        "interface": endpoint["interface"],
        "region": endpoint["region_id"],
        "region_id": endpoint["region_id"],
        "url": _filled(endpoint["url"], project_id),
    }


def _filled(url: str, project_id: str | None) -> str:
    for name in ("%(project_id)s", "%(tenant_id)s", "$(project_id)s", "$(tenant_id)s"):
        url = url.replace(name, project_id or "")
    return url
