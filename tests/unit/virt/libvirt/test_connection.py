"""The connection to a hypervisor that goes away and comes back."""

from typing import Any

import libvirt
import pytest

from nova.core.clock import RealClock
from nova.virt.contract.errors import HypervisorError, HypervisorUnavailable
from nova.virt.libvirt import connection as subject
from nova.virt.libvirt.connection import PATIENCE, Connection
from nova.virt.libvirt.native import Threads


class Lost(libvirt.libvirtError):
    def __init__(self, code: int = libvirt.VIR_ERR_INVALID_CONN) -> None:
        super().__init__("lost")
        self._code = code

    def get_error_code(self) -> int:
        return self._code

    def get_error_domain(self) -> int:
        return int(libvirt.VIR_FROM_QEMU)


class Line:
    """One connection; it breaks when its daemon ends."""

    def __init__(self, daemon: "Daemon") -> None:
        self.daemon, self.era = daemon, daemon.era

    def getLibVersion(self) -> int:
        if self.era != self.daemon.era or not self.daemon.up():
            raise Lost()
        return 9000000

    def setKeepAlive(self, *_: int) -> None: ...
    def registerCloseCallback(self, *_: Any) -> None: ...
    def unregisterCloseCallback(self) -> None: ...
    def close(self) -> None: ...


class Daemon(RealClock):
    """And the time it lives in, which passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.moment, self.back, self.era, self.opened = 100.0, 0.0, 0, 0

    def monotonic(self) -> float:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += seconds

    def up(self) -> bool:
        return self.moment >= self.back

    def restart(self, seconds: float) -> None:
        self.era, self.back = self.era + 1, self.moment + seconds

    def open(self, _uri: str) -> Line:
        if not self.up():
            raise Lost(libvirt.VIR_ERR_NO_CONNECT)
        self.opened += 1
        return Line(self)


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Daemon:
    made = Daemon()
    monkeypatch.setattr(libvirt, "open", made.open)
    monkeypatch.setattr(subject, "ensure_running", lambda native: None)
    return made


@pytest.fixture
def connection(daemon: Daemon) -> Connection:
    made = Connection("test:///", daemon, Threads())
    assert made.alive()
    return made


def version(connection: Connection) -> int:
    found: int = connection.call("tell its version", lambda line: line.getLibVersion())
    return found


def test_work_goes_on_over_a_restart_of_the_hypervisor(
    daemon: Daemon, connection: Connection
) -> None:
    daemon.restart(3)
    assert version(connection) == 9000000
    assert daemon.moment == 103 and daemon.opened == 2


def test_what_does_not_come_back_is_told_and_waited_for_no_more(
    daemon: Daemon, connection: Connection
) -> None:
    daemon.restart(1000)
    with pytest.raises(HypervisorUnavailable):
        version(connection)
    gone = daemon.moment
    assert gone == 100 + PATIENCE
    with pytest.raises(HypervisorUnavailable):
        version(connection)
    assert daemon.moment == gone
    daemon.moment += 1000
    assert version(connection) == 9000000


def test_whether_it_is_alive_is_told_at_once(daemon: Daemon, connection: Connection) -> None:
    daemon.restart(3)
    assert not connection.alive()
    assert daemon.moment == 100


def test_nobody_waits_once_the_process_ends(daemon: Daemon, connection: Connection) -> None:
    daemon.restart(3)
    connection.close()
    with pytest.raises(HypervisorUnavailable):
        version(connection)
    assert daemon.moment == 100


def test_a_line_that_broke_does_not_take_the_next_one_along(
    daemon: Daemon, connection: Connection
) -> None:
    """Who notices late meets the connection that another one opened."""
    noticed = []

    def late(line: Any) -> int:
        if not noticed:
            daemon.restart(0)
            noticed.append(version(connection))
        found: int = line.getLibVersion()
        return found

    assert connection.call("notice late", late) == 9000000
    assert daemon.opened == 2


def test_what_the_hypervisor_refuses_is_no_loss(daemon: Daemon, connection: Connection) -> None:
    def refused(_line: Any) -> None:
        raise Lost(libvirt.VIR_ERR_OPERATION_FAILED)

    with pytest.raises(HypervisorError, match="lost"):
        connection.call("be refused", refused)
    assert daemon.opened == 1
