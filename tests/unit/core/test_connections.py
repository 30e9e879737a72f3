"""Connections to databases are waited for, and cost little to open."""

import threading
import time

import pytest
import sqlalchemy as sa

from nova.core.connections import MOMENT, PatientPool, connection_class


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


def test_a_pool_without_a_size_keeps_all_and_does_not_wait(tmp_path):
    made = sa.create_engine(
        f"sqlite:///{tmp_path}/pool.sqlite", poolclass=PatientPool, pool_size=0, max_overflow=50,
        connect_args={"check_same_thread": False},
    )
    began = time.monotonic()
    for _ in range(2):
        held = [made.connect() for _ in range(9)]
        for one in held:
            one.close()
    assert time.monotonic() - began < 9 * MOMENT
    assert made.pool.checkedin() == 9
    made.dispose()


def test_connections_without_tls_settings_share_a_context():
    first, second = (connection_class()(defer_connect=True) for _ in range(2))
    assert first.ctx is second.ctx


def test_connections_with_tls_settings_have_their_own():
    settings = {"check_hostname": False}
    first, second = (connection_class()(defer_connect=True, ssl=settings) for _ in range(2))
    assert first.ctx is not second.ctx
