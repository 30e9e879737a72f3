"""The guest image reads JSON with a small awk program."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[3] / "tools/guest/sbin/guest-json"
AWKS = [awk for awk in ("busybox awk", "awk") if shutil.which(awk.split()[0])]


@pytest.fixture(params=AWKS)
def flatten(request, tmp_path):
    def flatten(text):
        path = tmp_path / "document.json"
        path.write_text(text)
        done = subprocess.run(
            ["sh", str(PROGRAM), str(path)],
            env={**os.environ, "AWK": request.param},
            capture_output=True,
            text=True,
            timeout=20,
        )
        return dict(line.split("\t") for line in done.stdout.splitlines())

    return flatten


def test_nested_values_are_named_by_their_path(flatten):
    document = {"a": [1, {"b": "x"}, []], "c": {"d": True, "e": None}, "f": -1.5, "g": {}}
    assert flatten(json.dumps(document, indent=1)) == {
        "a.0": "1",
        "a.1.b": "x",
        "c.d": "true",
        "c.e": "null",
        "f": "-1.5",
    }


def test_text_is_unquoted_and_stays_on_one_line(flatten):
    document = {"quote": 'say "hi"', "slash": "a\\b", "lines": "one\ntwo", "brace": "{[,:]}"}
    found = flatten(json.dumps(document))
    assert found["quote"] == 'say "hi"'
    assert found["slash"] == "a\\b"
    assert found["lines"] == "one\\ntwo"
    assert found["brace"] == "{[,:]}"


def test_a_broken_document_ends(flatten):
    assert flatten('{"a": [1, ') == {"a.0": "1"}
