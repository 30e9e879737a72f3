"""What holds for every test."""

import logging

import pytest

# Tests that start guests, networks or many processes on this machine.
WHOLE_MACHINE = ("tests/integration/", "tests/contracts/virt/")


def pytest_sessionfinish():
    """Threads of libraries outlive the tests, and what they would write to."""
    logging.raiseExceptions = False


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Files may run side by side, but not those that use the whole machine."""
    from xdist.scheduler import LoadScopeScheduling

    class ByPlace(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return "machine" if nodeid.startswith(WHOLE_MACHINE) else nodeid.split("::")[0]

    return ByPlace(config, log)
