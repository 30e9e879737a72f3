"""Stories of what goes wrong in a cloud and comes right again, on a virtual clock."""

from typing import Any

import pytest

from nova.clients.network.contract import PortDraft
from nova.clients.network.memory import NetworkMemory
from nova.context import admin_context
from nova.virt.contract.errors import BadImage, CannotSpawn
from tests.cloud import IMAGE, PROJECT
from tests.simulation import invariants
from tests.simulation.faults import Odds
from tests.simulation.world import World, repeatable

EXHAUSTED = ("Exceeded maximum number of retries. Exhausted all hosts available for retrying "
             "build failures for instance {}.")


class Story(World):
    """A world in which nothing goes wrong but what the story says."""

    def __init__(self, *hosts: str) -> None:
        super().__init__(1, Odds(), hosts or ("host1", "host2"))
        self.start()

    def accepted_boot(self, **fields: Any) -> str:
        uuid = self.boot("server", **fields)
        assert uuid is not None
        return uuid

    def running(self, **fields: Any) -> str:
        uuid = self.accepted_boot(**fields)
        self.clock.run(5)
        assert self.shown(uuid)["status"] == "ACTIVE"
        return uuid

    def shown(self, uuid: str) -> dict[str, Any]:
        reply = self.request("GET", f"/servers/{uuid}", token=f"admin:{PROJECT}")
        assert reply is not None
        return {"status": "GONE"} if reply.status == 404 else reply.body["server"]

    def delete(self, uuid: str) -> None:
        reply = self.request("DELETE", f"/servers/{uuid}")
        assert reply is not None and reply.status == 204

    def host_of(self, uuid: str) -> str:
        found: str = self.shown(uuid)["OS-EXT-SRV-ATTR:host"]
        return found

    def events(self, uuid: str, action: str = "create") -> list[dict[str, Any]]:
        listed = self.request("GET", f"/servers/{uuid}/os-instance-actions")
        assert listed is not None
        (request_id,) = [one["request_id"] for one in listed.body["instanceActions"]
                         if one["action"] == action]
        shown = self.request("GET", f"/servers/{uuid}/os-instance-actions/{request_id}",
                             token=f"admin:{PROJECT}")
        assert shown is not None
        found: list[dict[str, Any]] = shown.body["instanceAction"]["events"]
        return found

    def stop_for_good(self, name: str) -> None:
        """Nobody starts it again but the story."""
        label = self._running[name]
        self.kill(name)
        self._running[name] = f"{name} is down"
        self.clock.dead.add(self._running[name])
        assert label in self.clock.dead

    def slow(self, verb: str, seconds: float) -> None:
        for hypervisor in self.cloud.hypervisors.values():
            hypervisor.faults.delay(verb, seconds)

    def fail(self, verb: str, error: BaseException, *hosts: str) -> None:
        for host in hosts or self.cloud.hosts:
            self.cloud.hypervisors[host].faults.fail(verb, error, times=None)

    def guests(self) -> dict[str, list[str]]:
        return {host: [one.uuid for one in hypervisor.all()]
                for host, hypervisor in self.cloud.hypervisors.items()}

    def ports(self, uuid: str) -> list[Any]:
        return [p for p in self.cloud.network_state.ports.values() if p.device_id == uuid]

    def end(self) -> None:
        """All is quiet, and nothing is left over."""
        self.settle(invariants.quiet)
        invariants.check(self)
        assert not self.clock.errors


@pytest.fixture
def story() -> Any:
    with repeatable(1):
        yield Story()


# Processes that are restarted.


def test_a_host_restarted_during_a_build_builds(story: Story) -> None:
    story.slow("spawn.run", 10)
    uuid = story.accepted_boot()
    story.clock.run(5)
    host = story.host_of(uuid)
    story.kill(host)
    story.clock.run(10)
    assert story.shown(uuid)["status"] == "BUILD"
    story.clock.run(60)
    shown = story.shown(uuid)
    assert (shown["status"], shown["OS-EXT-SRV-ATTR:host"]) == ("ACTIVE", host)
    assert len(story.ports(uuid)) == 1
    story.end()


def test_a_host_restarted_during_a_delete_deletes(story: Story) -> None:
    uuid = story.running()
    story.slow("destroy", 10)
    story.delete(uuid)
    story.clock.run(5)
    story.kill(story.host_of(uuid))
    story.clock.run(60)
    assert story.shown(uuid)["status"] == "GONE" and story.ports(uuid) == []
    story.end()


def test_a_host_restarted_during_a_reboot_reboots(story: Story) -> None:
    uuid = story.running()
    story.slow("reboot_hard", 10)
    story.request("POST", f"/servers/{uuid}/action", {"reboot": {"type": "HARD"}})
    story.clock.run(5)
    assert story.shown(uuid)["status"] == "HARD_REBOOT"
    story.kill(story.host_of(uuid))
    story.clock.run(60)
    assert story.shown(uuid)["status"] == "ACTIVE"
    (event,) = story.events(uuid, "reboot")
    assert event["result"] == "Success"
    story.end()


def test_a_conductor_restarted_while_hosts_work_is_not_missed(story: Story) -> None:
    story.slow("spawn.run", 10)
    uuid = story.accepted_boot()
    story.clock.run(5)
    story.kill("conductor")
    story.clock.run(60)
    assert story.shown(uuid)["status"] == "ACTIVE"
    story.end()


def test_a_create_accepted_while_there_is_no_conductor_is_built(story: Story) -> None:
    story.kill("conductor")
    uuid = story.accepted_boot()
    assert story.shown(uuid)["status"] == "BUILD"
    story.clock.run(60)
    assert story.shown(uuid)["status"] == "ACTIVE"
    story.end()


def test_two_conductors_build_each_server_once(story: Story) -> None:
    first = story.cloud.conductor
    story.clock.start_task("conductor#other", story.cloud.start_conductor)
    story.clock.run(1)
    story.slow("spawn.run", 10)
    uuids = [story.accepted_boot() for _ in range(6)]
    story.clock.run(30)
    assert {story.shown(uuid)["status"] for uuid in uuids} == {"ACTIVE"}
    for uuid in uuids:
        assert len(story.events(uuid)) == 1
    assert first is not story.cloud.conductor
    story.end()


# Deletes at a bad time.


def test_delete_while_building(story: Story) -> None:
    story.slow("spawn.run", 20)
    uuid = story.accepted_boot()
    story.clock.run(5)
    story.delete(uuid)
    assert story.shown(uuid)["OS-EXT-STS:task_state"] == "deleting"
    story.clock.run(40)
    assert story.shown(uuid)["status"] == "GONE"
    assert story.ports(uuid) == [] and story.guests() == {"host1": [], "host2": []}
    story.end()


def test_delete_before_there_is_a_host(story: Story) -> None:
    story.kill("conductor")
    uuid = story.accepted_boot()
    story.delete(uuid)
    assert story.shown(uuid)["status"] == "GONE"
    story.end()


def test_delete_on_a_dead_host(story: Story) -> None:
    """Ports and claim are free long before the host is back; the guest goes when it is."""
    uuid = story.running()
    host = story.host_of(uuid)
    story.stop_for_good(host)
    story.delete(uuid)
    story.clock.run(120)
    assert story.shown(uuid)["status"] == "GONE"
    assert story.ports(uuid) == [] and uuid in story.guests()[host]
    held = {c for c, a in story.cloud.placement_state.consumers.items() if a.resources}
    assert uuid not in held
    story.start_process(host)
    story.clock.run(10)
    assert story.guests()[host] == []
    story.end()


def test_delete_on_a_host_that_is_forced_down(story: Story) -> None:
    uuid = story.running()
    host = story.host_of(uuid)
    story.stop_for_good(host)
    services = story.request("GET", "/os-services", token=f"admin:{PROJECT}")
    assert services is not None
    (service,) = [s["id"] for s in services.body["services"] if s["host"] == host]
    forced = story.request("PUT", f"/os-services/{service}", {"forced_down": True},
                           token=f"admin:{PROJECT}")
    assert forced is not None and forced.status == 200
    story.delete(uuid)
    story.clock.run(25)
    assert story.shown(uuid)["status"] == "GONE", "there was no need to wait for silence"
    story.start_process(host)
    story.end()


@pytest.mark.parametrize("end", ["the host is dead", "the host is back"])
def test_a_port_of_the_user_outlives_a_server_deleted_while_its_host_was_dying(
    story: Story, end: str
) -> None:
    """Nobody had written down yet that the server had it."""
    network = NetworkMemory(story.cloud.network_state)
    draft = PortDraft(story.cloud.net.id, PROJECT, device_id="", device_owner="")
    (port,) = network.ports.create(admin_context(), [draft])
    story.slow("spawn.run", 100)
    uuid = story.accepted_boot(networks=[{"port": port.id}])
    story.clock.run(5)
    assert [one.id for one in story.ports(uuid)] == [port.id]
    host = story.host_of(uuid)
    story.stop_for_good(host)
    story.slow("spawn.run", 0)
    story.delete(uuid)
    if end == "the host is back":
        story.start_process(host)
    story.clock.run(150)
    assert story.shown(uuid)["status"] == "GONE"
    left = story.cloud.network_state.ports[port.id]
    assert (left.device_id, left.host) == ("", "")
    network.ports.delete(admin_context(), port.id)
    if end == "the host is dead":
        story.start_process(host)
    story.end()


# Hosts that cannot build.


def test_a_build_that_fails_goes_to_the_alternate(story: Story) -> None:
    story.fail("spawn.run", CannotSpawn(uuid="it", reason="no power"), "host1")
    uuids = [story.accepted_boot() for _ in range(3)]
    story.clock.run(20)
    for uuid in uuids:
        shown = story.shown(uuid)
        assert (shown["status"], shown["OS-EXT-SRV-ATTR:host"]) == ("ACTIVE", "host2")
        (port,) = story.ports(uuid)
        assert port.host == "host2"
        (provider,) = story.cloud.placement_state.consumers[uuid].resources
        assert story.cloud.placement_state.providers[provider].name == "host2"
    failed = [event for uuid in uuids for event in story.events(uuid)
              if event["result"] == "Error"]
    assert failed and {event["host"] for event in failed} == {"host1"}
    assert all("no power" in event["details"] for event in failed)
    story.end()


def test_a_build_that_fails_everywhere_says_so_and_why(story: Story) -> None:
    story.fail("spawn.run", CannotSpawn(uuid="it", reason="no power"), "host1")
    story.fail("spawn.run", CannotSpawn(uuid="it", reason="no disk"), "host2")
    uuid = story.accepted_boot()
    story.clock.run(20)
    shown = story.shown(uuid)
    assert shown["status"] == "ERROR" and shown["OS-EXT-SRV-ATTR:host"] is None
    assert (shown["fault"]["code"], shown["fault"]["message"]) == (500, EXHAUSTED.format(uuid))
    assert sorted(shown["fault"]["details"].splitlines()) == [
        "host1: Guest it could not be built here: no power",
        "host2: Guest it could not be built here: no disk",
    ]
    errors = {e["host"]: e["details"] for e in story.events(uuid) if e["result"] == "Error"}
    assert "no power" in errors["host1"] and "no disk" in errors["host2"]
    assert story.ports(uuid) == []
    story.end()


def test_what_no_host_can_build_is_tried_once(story: Story) -> None:
    story.fail("spawn.image", BadImage(image_id=IMAGE, reason="it is a picture"))
    uuid = story.accepted_boot()
    story.clock.run(20)
    fault = story.shown(uuid)["fault"]
    assert fault["message"] == (f"Build of instance {uuid} aborted: Image {IMAGE} is "
                                "unacceptable: it is a picture")
    assert len([e for e in story.events(uuid) if e["host"]]) == 1
    story.end()


def test_an_error_without_a_name_is_not_told_to_users(story: Story) -> None:
    story.fail("spawn", RuntimeError("root's password is 1234"))
    uuid = story.accepted_boot()
    story.clock.run(20)
    reply = story.request("GET", f"/servers/{uuid}")
    assert reply is not None and "1234" not in str(reply.body)
    listed = story.request("GET", f"/servers/{uuid}/os-instance-actions")
    assert listed is not None and "1234" not in str(listed.body)
    story.end()


def test_a_host_that_dies_while_building_loses_the_build(story: Story) -> None:
    story.slow("spawn.run", 100)
    uuid = story.accepted_boot()
    story.clock.run(5)
    first = story.host_of(uuid)
    story.stop_for_good(first)
    story.slow("spawn.run", 0)
    story.clock.run(200)
    shown = story.shown(uuid)
    assert shown["status"] == "ACTIVE" and shown["OS-EXT-SRV-ATTR:host"] != first
    assert uuid in story.guests()[first], "half a guest lies there yet"
    story.start_process(first)
    story.clock.run(10)
    assert story.guests()[first] == []
    story.end()


def test_an_action_on_a_host_that_dies_is_given_up_with_a_reason(story: Story) -> None:
    uuid = story.running()
    story.slow("pause", 100)
    story.request("POST", f"/servers/{uuid}/action", {"pause": None})
    story.clock.run(5)
    host = story.host_of(uuid)
    story.stop_for_good(host)
    story.clock.run(150)
    shown = story.shown(uuid)
    assert (shown["status"], shown["OS-EXT-STS:task_state"]) == ("ACTIVE", None)
    listed = story.request("GET", f"/servers/{uuid}/os-instance-actions")
    assert listed is not None
    assert [one["message"] for one in listed.body["instanceActions"]] == ["Error", None]
    story.slow("pause", 0)
    story.start_process(host)
    story.end()


def test_a_build_that_takes_too_long_ends_and_leaves_nothing(story: Story) -> None:
    story.slow("spawn.run", 2 * 3600)
    uuid = story.accepted_boot()
    story.clock.run(3600 + 200)
    shown = story.shown(uuid)
    assert shown["status"] == "ERROR" and "did not end in time" in shown["fault"]["message"]
    story.slow("spawn.run", 0)
    story.clock.run(3600 + 200)
    assert story.guests() == {"host1": [], "host2": []}
    story.end()


def test_secrets_of_a_create_do_not_outlive_it(story: Story) -> None:
    secret = "t0p-secret"
    uuid = story.accepted_boot(adminPass=secret, config_drive=True)
    story.clock.run(10)
    assert story.shown(uuid)["status"] == "ACTIVE"
    story.fail("spawn", CannotSpawn(uuid="it", reason="no power"))
    failed = story.accepted_boot(adminPass=secret)
    story.clock.run(10)
    assert story.shown(failed)["status"] == "ERROR"
    huge = {"id": "huge", "name": "huge", "ram": 512, "vcpus": 64, "disk": 1}
    story.request("POST", "/flavors", {"flavor": huge}, token=f"admin:{PROJECT}")
    buried = story.accepted_boot(adminPass=secret, flavorRef="huge")
    story.clock.run(10)
    assert "No valid host" in story.shown(buried)["fault"]["message"]
    for database in story._databases():
        dump = "\n".join(database.engine.raw_connection().iterdump())
        assert "CREATE TABLE" in dump and secret not in dump
    story.end()

