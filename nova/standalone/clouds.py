"""clouds.yaml: what the stock clients need to use this cloud."""

import os
from pathlib import Path
from typing import Any

import yaml

ACCOUNTS = {"admin": "admin", "demo": "demo"}


def document(auth_url: str, password: str, region: str) -> dict[str, Any]:
    """Clouds `admin` and `demo`, each with the project of the same name."""
    return {"clouds": {name: _cloud(name, auth_url, password, region) for name in ACCOUNTS}}


def write(path: Path, auth_url: str, password: str, region: str) -> None:
    """Readable by its owner only, because of the password."""
    text = yaml.safe_dump(document(auth_url, password, region), sort_keys=False)
    partial = path.with_suffix(".part")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as target:
        target.write(text)
    partial.rename(path)


def _cloud(name: str, auth_url: str, password: str, region: str) -> dict[str, Any]:
    return {
        "auth": {
            "auth_url": auth_url,
            "username": name,
            "password": password,
            "project_name": ACCOUNTS[name],
            "user_domain_id": "default",
            "project_domain_id": "default",
        },
        "region_name": region,
        "identity_api_version": "3",
        "interface": "public",
    }
