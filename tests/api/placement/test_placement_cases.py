"""Runs every file of request/response cases, against every kind of database."""

import unittest
from pathlib import Path

import pytest
import yaml
from gabbi import handlers, suitemaker

from tests.api.placement import service
from tests.api.placement.service import Client, Current, fill_cloud
from tests.databases import kinds

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("path", sorted(CASES.glob("*.yaml")), ids=lambda path: path.stem)
def test_cases(path: Path, kind: str, tmp_path: Path) -> None:
    document = yaml.safe_load(path.read_text())
    cloud = document.pop("cloud", False)
    current = Current(kind, tmp_path)
    try:
        if cloud:
            fill_cloud(Client(current.app))
        result = unittest.TestResult()
        _suite(path, document, current).run(result)
    finally:
        current.close()
    assert result.testsRun == len(document["tests"])
    assert not (result.errors or result.failures), "\n".join(
        f"{test}\n{trace}" for test, trace in [*result.errors, *result.failures]
    )


def _suite(path: Path, document: dict, current: Current) -> unittest.TestSuite:
    return suitemaker.test_suite_from_dict(
        unittest.TestLoader(), path.stem, document, str(CASES), "localhost", 8778, service,
        lambda: current.app, handlers=[kind() for kind in handlers.RESPONSE_HANDLERS],
    )  # fmt: skip
