"""A connection that comes back in a moment is waited for."""

import threading

import pytest
import sqlalchemy as sa

from nova.db.opening import MOMENT, PatientPool


@pytest.fixture
def engine(tmp_path):
    made = sa.create_engine(
        f"sqlite:///{tmp_path}/pool.sqlite", poolclass=PatientPool, pool_size=1, max_overflow=1,
        connect_args={"check_same_thread": False},
    )
    opened = []
    sa.event.listen(made, "connect", lambda connection, _record: opened.append(connection))
    made.opened = opened
    yield made
    made.dispose()


def test_it_is_used_again(engine):
    first = engine.connect()
    timer = threading.Timer(MOMENT / 10, first.close)
    timer.start()
    engine.connect().close()
    timer.join()
    assert len(engine.opened) == 1


def test_another_is_opened_when_it_stays_away(engine):
    with engine.connect(), engine.connect():
        assert len(engine.opened) == 2
