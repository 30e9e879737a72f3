"""Guests whose interfaces are ports of a real Open vSwitch."""

import dataclasses
import os
import signal
import subprocess
import time

import pytest

from nova.virt.contract import PowerState
from nova.virt.contract.errors import DetachFailed, PlugFailed
from tests.contracts.virt.subjects import eventually

KINDS = {"tap": {}, "hybrid": {"ovs_hybrid_plug": True}}
PREFIXES = {"tap": ("tap",), "hybrid": ("qbr", "qvb", "qvo", "tap")}
OWN_PORT = {"tap": "tap", "hybrid": "qvo"}


def devices(kind, card):
    return sorted(f"{prefix}{card.port_id}"[:14] for prefix in PREFIXES[kind])


def port_name(card, kind="tap"):
    return f"{OWN_PORT[kind]}{card.port_id}"[:14]


@pytest.mark.parametrize("kind", KINDS)
def test_the_port_is_there_first_and_goes_with_the_guest(place, driver, kind):
    guest = place.guest(KINDS[kind])
    (card,) = guest.nics
    seen = {}
    driver.spawn.spawn(guest, wait_for_plug=lambda: seen.update(place.port(port_name(card, kind))))
    assert {name: seen[name] for name in ("iface-id", "attached-mac", "vm-uuid")} == {
        "iface-id": card.port_id, "attached-mac": card.mac, "vm-uuid": guest.uuid}  # fmt: skip
    assert eventually(lambda: int(place.port(port_name(card, kind))["number"]) > 0, 5)
    assert place.remains() == devices(kind, card)
    mtu = subprocess.check_output(["ip", "-o", "link", "show", card.tap], text=True)
    assert " mtu 1400 " in mtu
    driver.power.power_off(guest.uuid)
    assert place.port(port_name(card, kind)), "only the guest's end goes when it is off"
    driver.power.power_on(guest)
    assert eventually(lambda: int(place.port(port_name(card, kind))["number"]) > 0, 5)
    for _time in range(2):
        driver.spawn.destroy(guest.uuid)
    assert place.remains() == []


def test_a_guest_without_its_record_loses_its_ports_too(place, driver):
    """A new process has only the id, and the first one was killed in the middle."""
    guest = place.guest({}, KINDS["hybrid"])
    driver.spawn.spawn(guest)
    domains = driver.spawn._domains
    whole, domains.undefine = domains.undefine, _die
    with pytest.raises(KeyboardInterrupt):
        driver.spawn.destroy(guest.uuid)
    domains.undefine = whole
    reborn = place.subject.reborn()
    reborn.spawn.destroy(guest.uuid)
    reborn.close()
    assert place.remains() == []


@pytest.mark.parametrize("kind", KINDS)
def test_ports_that_the_switch_lost_come_back_while_the_guest_runs(place, driver, kind):
    """As when the switch was made anew while nobody looked after its host."""
    guest = place.guest(KINDS[kind])
    (card,) = guest.nics
    driver.spawn.spawn(guest)
    before = place.port(port_name(card, kind))
    place.switch.vsctl("del-port", port_name(card, kind))
    place.switch.stop_database()
    reborn = place.subject.reborn()
    begin = time.monotonic()
    with pytest.raises(PlugFailed, match="the database of Open vSwitch does not answer"):
        reborn.ports.renew(guest.uuid)
    assert time.monotonic() - begin < 2, "a guest that runs need not wait for it"
    place.switch.start_database()
    for _time in range(2):
        reborn.ports.renew(guest.uuid)
        assert eventually(lambda: int(place.port(port_name(card, kind))["number"]) > 0, 5)
    after = place.port(port_name(card, kind))
    assert {**after, "number": ""} == {**before, "number": ""}
    assert _is_up(card)
    if kind == "hybrid":
        filters = f"qbr{card.port_id}"[:14]
        subprocess.run(["ip", "link", "del", filters], check=True)
        reborn.ports.renew(guest.uuid)
        told = subprocess.check_output(["ip", "-o", "link", "show", "master", filters], text=True)
        assert all(f"{one}{card.port_id}"[:14] in told for one in ("tap", "qvb"))
    assert driver.spawn.guest_state(guest.uuid) is PowerState.RUNNING
    reborn.close()
    driver.spawn.destroy(guest.uuid)
    assert place.remains() == []


def _die(uuid):
    raise KeyboardInterrupt


def test_ports_live_through_all_that_guests_live_through(place, driver):
    guest = place.guest({})
    (card,) = guest.nics
    driver.spawn.spawn(guest)
    driver.power.suspend(guest.uuid)
    driver.power.resume(guest)
    assert eventually(lambda: int(place.port(card.tap)["number"]) > 0, 5)
    driver.rebuild.rebuild(guest)
    assert eventually(lambda: int(place.port(card.tap)["number"]) > 0, 5)
    trunk = dataclasses.replace(card, details={**card.details, "bridge_name": "tbr-0"})
    driver.power.reboot_hard(dataclasses.replace(guest, nics=(trunk,)))
    assert place.switch.vsctl("port-to-br", card.tap) == "tbr-0"
    other = place.nic()
    driver.power.reboot_hard(dataclasses.replace(guest, nics=(other,)))
    assert place.remains() == [other.tap], "what it has no more is unplugged"


def test_a_device_that_the_switch_took_down_is_lifted(place, driver, monkeypatch):
    """As happens when both set its flags at once; frames would be dropped for ever."""
    guest = place.guest({})
    (card,) = guest.nics
    driver.spawn.spawn(guest)
    command = ("ip", "link", "set", "dev", card.tap)
    ours = driver.spawn._domains._on_start
    assert len(ours) == 1
    down = [lambda _uuid: subprocess.run([*command, "down"], check=True)]
    for start in (driver.power.reboot_hard, _restart(driver)):
        monkeypatch.setattr(driver.spawn._domains, "_on_start", down)
        start(guest)
        assert not _is_up(card)
        monkeypatch.setattr(driver.spawn._domains, "_on_start", [*down, *ours])
        start(guest)
        assert _is_up(card)


def _restart(driver):
    def restart(guest):
        driver.power.suspend(guest.uuid)
        driver.power.resume(guest)

    return restart


def _is_up(card):
    told = subprocess.check_output(["ip", "-o", "link", "show", card.tap], text=True)
    return ",UP" in told.split(">")[0]


def test_guests_of_old_get_the_new_form_when_they_are_rebooted(place, driver):
    """The hypervisor made their ports, and told nobody."""
    guest = place.guest({})
    (card,) = guest.nics
    driver.spawn.spawn(guest)
    _turn_old(driver, guest)
    driver.spawn._domains.start(guest.uuid)
    assert place.port(card.tap)["iface-id"] == card.port_id
    driver.power.suspend(guest.uuid)
    driver.power.resume(guest)
    assert "openvswitch" in _definition(driver, guest)
    assert eventually(lambda: int(place.port(card.tap)["number"]) > 0, 5)
    driver.power.reboot_hard(guest)
    assert "openvswitch" not in _definition(driver, guest)
    assert eventually(lambda: int(place.port(card.tap)["number"]) > 0, 5)
    driver.spawn.destroy(guest.uuid)
    assert place.remains() == []


def _definition(driver, guest):
    return driver.spawn._domains.ask("read", guest.uuid, lambda d: d.XMLDesc(2))


def _turn_old(driver, guest):
    (card,) = guest.nics
    old = (f"<interface type='bridge'><mac address='{card.mac}'/><source bridge='br-int'/>"
           f"<virtualport type='openvswitch'><parameters interfaceid='{card.port_id}'/>"
           f"</virtualport><target dev='{card.tap}'/></interface>")  # fmt: skip
    driver.power.power_off(guest.uuid)
    driver.spawn._builder.unplug(guest.uuid)
    text = _definition(driver, guest)
    first, rest = text.split("<interface", 1)
    text = first + old + rest.split("</interface>", 1)[1]
    driver.spawn._domains.ask("define", guest.uuid, lambda d: d.connect().defineXML(text))


def test_without_a_switch_a_guest_is_not_built(place, driver):
    guest = place.guest({})
    place.switch.stop_database()
    begin = time.monotonic()
    with pytest.raises(PlugFailed, match="the database of Open vSwitch does not answer") as told:
        driver.spawn.spawn(guest)
    assert time.monotonic() - begin < 10
    assert guest.nics[0].port_id in str(told.value)
    assert place.subject.leftovers(guest.uuid) == []
    driver.spawn.destroy(guest.uuid)


def test_a_switch_that_is_stuck_keeps_nobody_for_long(place, driver):
    guest = place.guest({})
    pid = place.switch.database_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        begin = time.monotonic()
        with pytest.raises(PlugFailed, match="timed out"):
            driver.spawn.spawn(guest)
        assert time.monotonic() - begin < 20
    finally:
        os.kill(pid, signal.SIGCONT)


def test_guests_go_without_their_switch_and_their_ports_later(place, driver):
    guest = place.guest({}, KINDS["hybrid"])
    driver.spawn.spawn(guest)
    place.switch.stop_database()
    driver.spawn.destroy(guest.uuid)
    assert place.subject.leftovers(guest.uuid) == []
    assert driver.leftovers.found() == [], "there is nothing to try yet"
    place.switch.start_database()
    assert len(place.remains()) > 1
    assert driver.leftovers.found() == [guest.uuid]
    assert driver.leftovers.remove(guest.uuid)
    assert (driver.leftovers.found(), place.remains()) == ([], [])


def test_a_port_that_should_have_gone_is_taken_over(place, driver):
    first = place.guest({})
    driver.spawn.spawn(first)
    place.switch.stop_database()
    driver.spawn.destroy(first.uuid)
    place.switch.start_database()
    second = dataclasses.replace(place.guest(), nics=first.nics)
    driver.spawn.spawn(second)
    assert driver.leftovers.found() == []
    assert place.port(first.nics[0].tap)["vm-uuid"] == second.uuid


def test_a_stopped_guest_gets_an_interface_and_loses_it(place, driver):
    guest, card = place.guest(), place.nic(**KINDS["hybrid"])
    driver.spawn.spawn(guest)
    driver.power.power_off(guest.uuid)
    for _time in range(2):
        driver.hotplug.attach_nic(guest, card)
    assert place.port(port_name(card, "hybrid"))["iface-id"] == card.port_id
    for _time in range(2):
        driver.hotplug.detach_nic(guest.uuid, card.mac)
    assert place.remains() == []
    place.switch.stop_database()
    with pytest.raises(PlugFailed):
        driver.hotplug.attach_nic(guest, card)
    place.switch.start_database()
    driver.leftovers.remove(guest.uuid)
    assert "plugged:" not in _definition(driver, guest)


@pytest.mark.timeout(240)
def test_frames_of_a_guest_arrive_and_its_interfaces_come_and_go(place, driver, linux):
    """It is a real system: it asks for an address, and lets go of devices."""
    guest = dataclasses.replace(place.guest({}), memory_mb=128)
    guest = dataclasses.replace(guest, root=dataclasses.replace(guest.root, image=linux))
    driver.spawn.spawn(guest)
    assert eventually(lambda: guest.nics[0].mac in _learnt(place), 100)
    second = place.nic()
    driver.hotplug.attach_nic(guest, second)
    assert eventually(lambda: int(place.port(second.tap)["number"]) > 0, 5)
    assert "plugged:port" in _definition(driver, guest)
    assert eventually(lambda: _detached(place, driver, guest, second), 60)
    assert place.remains() == [guest.nics[0].tap]
    assert driver.spawn.guest_state(guest.uuid) is PowerState.RUNNING


def _learnt(place):
    return place.switch.appctl("fdb/show", "br-int")


def _detached(place, driver, guest, card):
    try:
        driver.hotplug.detach_nic(guest.uuid, card.mac)
    except DetachFailed:
        assert place.port(card.tap), "it has it still"
        return False
    return True
