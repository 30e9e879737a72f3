"""Which port of the host each serial line gets."""

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from nova.core.clock import RealClock
from nova.virt.contract.errors import CannotSpawn, ConsoleNotAvailable
from nova.virt.contract.states import PowerState
from nova.virt.libvirt.screens import LibvirtSerial
from nova.virt.libvirt.serial_ports import SerialPorts, listening
from nova.virt.libvirt.xml.chardev import Serial
from nova.virt.libvirt.xml.devices import Devices
from nova.virt.libvirt.xml.domain import Domain
from tests.cloud import configured

LINE = Serial(type="tcp", source_mode="bind", source_host="127.0.0.1")


def domain(uuid: str, *lines: Serial) -> Domain:
    return Domain(uuid=uuid, devices=Devices(serials=lines))


class Domains:
    """Guests that the hypervisor has."""

    def __init__(self, **known: Domain) -> None:
        self.known = known
        self.power = PowerState.RUNNING

    def all(self) -> list[Any]:
        return [SimpleNamespace(uuid=uuid) for uuid in self.known]

    def definition(self, uuid: str) -> Domain:
        return self.known[uuid]

    def state(self, uuid: str) -> PowerState:
        return self.power


@pytest.fixture
def first() -> Iterator[int]:
    """A port of which the next ones are free, most likely, and which is itself not."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield held.getsockname()[1]


def made(first: int, last: int, domains: Domains | None = None) -> SerialPorts:
    conf = configured(serial_console__port_range=f"{first}:{last}")
    return SerialPorts(conf, RealClock(), domains or Domains())  # type: ignore[arg-type]


def ports_of(domain: Domain) -> list[int | None]:
    return [line.source_service for line in listening(domain.devices)]


def test_guests_have_ports_of_their_own_that_nobody_listens_on(first: int) -> None:
    ports = made(first, first + 20)
    one = ports_of(ports.numbered(domain("one", LINE, LINE)))
    two = ports_of(ports.numbered(domain("two", LINE)))
    assert len({*one, *two}) == 3
    assert first not in {*one, *two}


def test_a_guest_keeps_its_ports_until_it_is_gone(first: int) -> None:
    ports = made(first, first + 20)
    before = ports_of(ports.numbered(domain("one", LINE)))
    other = ports_of(ports.numbered(domain("two", LINE)))
    assert ports_of(ports.numbered(domain("one", LINE))) == before
    ports.release("one")
    assert ports_of(ports.numbered(domain("three", LINE))) == before != other


def test_guests_of_an_earlier_process_are_known_though_they_are_off(first: int) -> None:
    from dataclasses import replace

    probe = ports_of(made(first, first + 20).numbered(domain("x", LINE)))[0]
    assert probe is not None
    off = domain("off", replace(LINE, source_service=probe))
    ports = made(first, first + 20, Domains(off=off))
    assert probe not in ports_of(ports.numbered(domain("one", LINE)))
    assert ports_of(ports.numbered(domain("off", LINE))) == [probe]


def test_a_range_that_is_used_up(first: int) -> None:
    with pytest.raises(CannotSpawn, match="port_range"):
        made(first, first).numbered(domain("one", LINE))


def test_lines_that_are_only_logged_need_no_port() -> None:
    plain = domain("one", Serial(log_file="/x"))
    assert made(1, 1).numbered(plain) is plain


def test_where_a_proxy_connects_to() -> None:
    from dataclasses import replace

    lines = (replace(LINE, source_service=10001), replace(LINE, source_service=10002))
    domains = Domains(one=domain("one", *lines), bare=domain("bare", Serial()))
    screen = LibvirtSerial(domains)  # type: ignore[arg-type]
    address = screen.address("one")
    assert (address.host, address.port) == ("127.0.0.1", 10001)
    with pytest.raises(ConsoleNotAvailable):
        screen.address("bare")
    domains.power = PowerState.SHUTDOWN
    with pytest.raises(ConsoleNotAvailable):
        screen.address("one")
