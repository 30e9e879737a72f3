"""What the fake hypervisor has beyond the contract: memory, misfortune, several of it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from nova.conf import new_config
from nova.core.clock import RealClock
from nova.virt import fake
from nova.virt.contract import PowerState
from nova.virt.contract.errors import CannotSpawn
from tests.unit.virt.guests import UUID, guest


@pytest.fixture
def conf():
    made = new_config()
    made([])
    fake.options.register(made)
    return made


def other(number, **changes):
    return guest(uuid=f"{number:08d}-0000-4000-8000-000000000000", **changes)


def test_several_live_side_by_side(conf):
    one, two = (fake.build(conf, RealClock()) for _ in range(2))
    one.spawn.spawn(guest())
    assert [g.uuid for g in one.spawn.list_guests()] == [UUID]
    assert two.spawn.list_guests() == []


def test_two_drivers_of_one_hypervisor_see_the_same(conf):
    hypervisor = fake.hypervisor_of(conf, RealClock())
    one, two = (fake.build(conf, RealClock(), hypervisor=hypervisor) for _ in range(2))
    one.spawn.spawn(guest())
    one.close()
    assert two.spawn.guest_state(UUID) is PowerState.RUNNING


def test_nodes_and_sizes_are_the_operator_s(conf):
    conf.set_override("compute_driver", "fake.SmallFakeDriver")
    conf.set_override("nodes", ["a", "b"], group="fake")
    conf.set_override("memory_mb", 4096, group="fake")
    conf.set_override("traits", ["CUSTOM_GOLD"], group="fake")
    conf.set_override("image_type_exclude_list", ["vmdk"], group="compute")
    driver = fake.build(conf, RealClock())
    driver.spawn.spawn(guest(node="b"))
    assert driver.inventory.nodes() == ("a", "b")
    facts = {name: driver.inventory.facts(name) for name in ("a", "b")}
    assert [facts["a"].vcpus, facts["a"].memory_mb, facts["a"].disk_gb] == [2, 4096, 1028]
    assert [facts[name].vcpus_used for name in ("a", "b")] == [0, 2]
    assert "CUSTOM_GOLD" in facts["a"].traits
    assert "COMPUTE_IMAGE_TYPE_VMDK" not in facts["a"].traits


def test_every_third_build_fails_as_configured(conf):
    conf.set_override("fail_every_nth_spawn", 3, group="fake")
    driver = fake.build(conf, RealClock())
    fates = []
    for number in range(7):
        try:
            driver.spawn.spawn(other(number))
            fates.append(True)
        except CannotSpawn:
            fates.append(False)
    assert fates == [True, True, False, True, True, False, True]


def test_faults_by_verb_guest_and_number(conf):
    hypervisor = fake.hypervisor_of(conf, RealClock())
    driver = fake.build(conf, RealClock(), hypervisor=hypervisor)
    for number in range(2):
        driver.spawn.spawn(other(number))
    hypervisor.faults.fail("pause", RuntimeError("no"), nth=2, uuid=other(1).uuid)
    driver.power.pause(other(0).uuid)
    driver.power.pause(other(1).uuid)
    with pytest.raises(RuntimeError):
        driver.power.pause(other(1).uuid)
    driver.power.pause(other(1).uuid)


def test_guests_survive_the_death_of_their_process(conf, tmp_path):
    program = f"""
import sys, time
from nova.conf import new_config
from nova.core.clock import RealClock
from nova.virt import fake
from tests.unit.virt.guests import guest
conf = new_config(); conf([]); fake.options.register(conf)
conf.set_override("state_directory", {str(tmp_path)!r}, group="fake")
driver = fake.build(conf, RealClock())
driver.spawn.spawn(guest())
driver.power.pause(guest().uuid)
print("ready", flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    conf.set_override("state_directory", str(tmp_path), group="fake")
    driver = fake.build(conf, RealClock())
    assert driver.spawn.guest_state(UUID) is PowerState.PAUSED
    driver.spawn.destroy(UUID)
    driver.close()
    assert fake.build(conf, RealClock()).spawn.list_guests() == []


def test_a_torn_last_line_is_left_out(conf, tmp_path):
    conf.set_override("state_directory", str(tmp_path), group="fake")
    conf.set_override("host", "h1")
    driver = fake.build(conf, RealClock())
    driver.spawn.spawn(guest())
    driver.close()
    with (tmp_path / "h1.guests").open("a") as file:
        file.write('["torn", {"uu')
    again = fake.build(conf, RealClock())
    assert [g.uuid for g in again.spawn.list_guests()] == [UUID]


def test_a_build_costs_next_to_nothing(conf):
    driver = fake.build(conf, RealClock())
    guests = [other(number) for number in range(300)]
    start = time.process_time()
    for wanted in guests:
        driver.spawn.spawn(wanted)
    assert (time.process_time() - start) / len(guests) < 0.001
