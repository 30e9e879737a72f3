"""What a host refuses to start with."""

from typing import Any

import pytest

from nova.errors import ConfigurationFailure
from nova.virt.libvirt.profile import Profile
from nova.virt.libvirt.xml.capabilities import Capabilities
from tests.simulation.clock import SimClock
from tests.unit.virt.guests import settings

CAPABLE = """<capabilities><guest><os_type>hvm</os_type><arch name='x86_64'>
<domain type='qemu'/></arch></guest></capabilities>"""


class Versions:
    """A connection that only tells versions."""

    def call(self, verb: str, function: Any) -> Any:
        return 10_000_000, 8_002_000


def profile(ram: dict[str, float], **libvirt: Any) -> Profile:
    conf = settings(**libvirt)
    for name, ratio in ram.items():
        conf.set_override(name, ratio)
    made = Profile(conf, Versions(), SimClock(), True)  # type: ignore[arg-type]
    made._capabilities = Capabilities.from_text(CAPABLE)
    return made


@pytest.mark.parametrize("ram", [
    {"ram_allocation_ratio": 1.5}, {"initial_ram_allocation_ratio": 2.0}])
def test_memory_in_a_file_is_not_given_away_twice(ram: dict[str, float]) -> None:
    with pytest.raises(ConfigurationFailure, match="file_backed_memory"):
        profile(ram, file_backed_memory=4096).check()
    profile(ram).check()


def test_memory_in_a_file_is_given_away_once() -> None:
    profile({}, file_backed_memory=4096).check()
    profile({"ram_allocation_ratio": 1.0, "initial_ram_allocation_ratio": 2.0},
            file_backed_memory=4096).check()


@pytest.mark.parametrize("libvirt", [{"virt_type": "kvm"}, {"cpu_mode": "custom"}])
def test_what_the_host_cannot_do(libvirt: dict[str, str]) -> None:
    with pytest.raises(ConfigurationFailure):
        profile({}, **libvirt).check()
