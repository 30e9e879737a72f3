"""What holds for every test."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before xdist takes the groups into account
def pytest_collection_modifyitems(items):
    """Files may run side by side, but not those that use the whole machine.

    They take longest in all, so that they begin first.
    """
    for item in items:
        group = "machine" if _alone(item) else str(item.path.relative_to(TESTS))
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: not _alone(item))


def _alone(item):
    """Whether a test starts guests, networks or many processes on this machine."""
    parts = item.path.relative_to(TESTS).parts
    return parts[0] == "integration" or parts[:2] == ("contracts", "virt")
