"""Sizes of pools, and what pools tell of themselves."""

import logging
from typing import Any

import pytest

from nova.conf import new_config
from nova.core.clock import RealClock
from nova.core.pools import TellingClock, clock_of, default_size


def conf_of(**options: Any) -> Any:
    conf = new_config()
    for name, value in options.items():
        conf.set_override(name, value)
    return conf


@pytest.mark.parametrize(("backend", "size"), [("auto", 7), ("threading", 7), ("eventlet", 700)])
def test_green_threads_may_be_many(backend: str, size: int) -> None:
    conf = conf_of(concurrency_backend=backend, default_thread_pool_size=7,
                   default_green_pool_size=700)
    assert default_size(conf) == size


def test_pools_are_silent_unless_asked() -> None:
    assert type(clock_of(conf_of())) is RealClock
    assert type(clock_of(conf_of(thread_pool_statistic_period=0))) is TellingClock


class HandClock(TellingClock):
    seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Libraries' threads of other tests may say something, too."""
    return [one.getMessage() for one in caplog.records if one.name == "nova.core.pools"]


def test_a_pool_tells_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    clock = HandClock(60)
    pool, go_on, begun = clock.pool("work", 1), clock.event(), clock.event()

    def wait() -> None:
        begun.set()
        go_on.wait(10)

    with caplog.at_level(logging.INFO, "nova.core.pools"):
        first = pool.submit(wait)
        assert begun.wait(10)
        pool.submit(wait)
        clock.seconds += 59
        pool.submit(wait)
        assert len(told(caplog)) == 1
        clock.seconds += 1
        last = pool.submit(wait)
        assert told(caplog)[1] == "Pool work of 1 threads: 1 busy, 3 waiting, 0 done"
        go_on.set()
        assert first.join(10) and last.join(10)
        clock.seconds += 60
        pool.submit(wait)
    assert told(caplog)[2].endswith(", 4 done")
    assert pool.close(10)
