"""What holds for every test."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Say what may run side by side: files may, but what uses the whole machine may not."""
    for item in items:
        inside = item.path.relative_to(TESTS)
        alone = inside.parts[0] == "integration" or inside.parts[:2] == ("contracts", "virt")
        item.add_marker(pytest.mark.xdist_group("machine" if alone else str(inside)))
