"""The module of the compute API that uwsgi and mod_wsgi load, in a process of its own."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nova.db.cell.store import SqlCellStore

# What a server does: import once, then call for each path.
SERVER = """
import json, sys
from nova.wsgi.osapi_compute import application
from webob import Request
print(json.dumps("imported"))
for path in sys.argv[1:]:
    answer = Request.blank(path, headers={"X-Auth-Token": "me:mine"}).get_response(application)
    print(json.dumps([answer.status_code, answer.json]))
"""


def served(folder: Path, *paths: str) -> list[Any]:
    done = subprocess.run(
        [sys.executable, "-c", SERVER, *paths], capture_output=True, text=True, timeout=60,
        env={**os.environ, "OS_NOVA_CONFIG_DIR": str(folder)}, check=True,
    )
    # Its log comes the same way.
    return [json.loads(line) for line in done.stdout.splitlines() if line[0] in '["']


@pytest.fixture
def open_to_all(folder: Path) -> Path:
    with (folder / "nova.conf").open("a") as file:
        file.write("[api]\nauth_strategy = noauth2\n")
    return folder


def test_it_answers_and_is_seen(open_to_all: Path, cell: SqlCellStore) -> None:
    _, versions, flavors = served(open_to_all, "/v2.1/", "/v2.1/flavors")
    assert (versions[0], versions[1]["version"]["id"]) == (200, "v2.1")
    assert flavors == [200, {"flavors": []}]
    with closing(sqlite3.connect(open_to_all / "nova.db_cell0")) as database:
        assert database.execute("select binary, topic from services").fetchall() == [
            ("nova-osapi_compute", "osapi_compute")
        ]


def test_importing_it_does_nothing(open_to_all: Path) -> None:
    assert served(open_to_all) == ["imported"]
    assert not list(open_to_all.glob("*.db"))


def test_a_mistake_of_the_operator_is_told_in_a_line(folder: Path) -> None:
    (folder / "nova.conf").write_text("[DEFAULT]\nosapi_compute_listen_port = many\n")
    with pytest.raises(subprocess.CalledProcessError) as ended:
        served(folder, "/")
    (line,) = ended.value.stderr.splitlines()
    assert line.startswith("nova-api: ") and "osapi_compute_listen_port" in line
