"""What the key service keeps for servers whose host dies."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.functional.test_recovery import Story
from tests.simulation.faults import Odds
from tests.simulation.world import World, repeatable
from tests.stores import CELL1_UUID

DISKS = {"hw:ephemeral_encryption": "true"}
TPM = {"hw:tpm_version": "2.0"}
OF_DEPLOYMENT = {**TPM, "hw:tpm_secret_security": "deployment"}
TRAITS = frozenset({"COMPUTE_SECURITY_TPM_2_0", "COMPUTE_SECURITY_TPM_TIS", *(
    f"COMPUTE_SECURITY_TPM_SECRET_SECURITY_{one}" for one in ("USER", "DEPLOYMENT"))})


class LockedStory(Story):
    """On a host that has TPMs."""

    def __init__(self) -> None:
        World.__init__(self, 1, Odds(), ("host1",))
        (hypervisor,) = self.cloud.hypervisors.values()
        hypervisor.size = replace(hypervisor.size, traits=TRAITS)
        self.start()

    def locked(self, specs: dict[str, str]) -> str:
        """A server, whose secrets are kept."""
        self.cloud.stores.api.flavors.set_specs(self.cloud.flavor.flavorid, specs)
        uuid = self.running()
        wanted = len({"hw:ephemeral_encryption", "hw:tpm_version"} & set(specs))
        assert len(self.kept()) == wanted
        return uuid

    def kept(self) -> set[str]:
        return set(self.cloud.keys.passphrases)

    def force_down(self) -> None:
        services = self.cloud.stores.cell(CELL1_UUID).services
        (service,) = services.find(host="host1", binary="nova-compute")
        services.update(service.id, {"forced_down": True})

    def revived(self) -> None:
        self.start_process("host1")
        self.clock.run(150)
        assert self.guests() == {"host1": []}


@pytest.fixture
def story() -> Iterator[LockedStory]:
    with repeatable(1):
        yield LockedStory()


@pytest.mark.parametrize("silent", ["forced down", "long silent"])
@pytest.mark.parametrize(
    "specs", [DISKS, TPM, OF_DEPLOYMENT, {**TPM, **DISKS}],
    ids=["disks", "of the user", "of the service", "both"],
)  # fmt: skip
def test_nothing_is_kept_of_a_server_deleted_while_its_host_is_down(
    story: LockedStory, specs: dict[str, str], silent: str
) -> None:
    uuid = story.locked(specs)
    story.stop_for_good("host1")
    if silent == "forced down":
        story.force_down()
    else:
        story.clock.run(60)
    story.delete(uuid)
    story.clock.run(60)
    assert story.shown(uuid)["status"] == "GONE"
    assert story.kept() == set()
    story.revived()


@pytest.mark.parametrize("specs", [DISKS, TPM, OF_DEPLOYMENT, {**TPM, **DISKS}])
def test_nor_when_it_dies_over_the_deletion(
    story: LockedStory, specs: dict[str, str]
) -> None:
    uuid = story.locked(specs)
    story.slow("destroy", 10)
    story.delete(uuid)
    story.clock.run(5)
    story.stop_for_good("host1")
    story.clock.run(150)
    assert story.shown(uuid)["status"] == "GONE"
    assert story.kept() == set()
    story.slow("destroy", 0)
    story.revived()


def test_nor_of_a_build_that_died_with_it(story: LockedStory) -> None:
    story.cloud.stores.api.flavors.set_specs(story.cloud.flavor.flavorid, DISKS)
    story.slow("spawn.disks", 100)
    uuid = story.accepted_boot()
    story.clock.run(5)
    assert len(story.kept()) == 1
    story.stop_for_good("host1")
    story.clock.run(150)
    assert story.shown(uuid)["status"] == "ERROR"
    assert story.kept() == set()
    story.delete(uuid)
    story.clock.run(30)
    story.slow("spawn.disks", 0)
    story.revived()
