"""A hypervisor of the test's own, and guests of it in many shapes."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from nova.conf import new_config
from nova.core.clock import RealClock
from nova.virt.contract import Driver, FlavorInfo, GuestSpec, ImageRef
from tests.contracts.virt import tiny_guest
from tests.contracts.virt.private_daemon import private_libvirt
from tests.contracts.virt.subjects import Images, describe, eventually
from tools.daemons.private_libvirt import PrivateLibvirt

PATIENCE = 60.0


@pytest.fixture(scope="session")
def daemon() -> Iterator[PrivateLibvirt]:
    with private_libvirt() as made:
        yield made


@dataclass
class Hypervisor:
    driver: Driver
    images: Images
    uri: str
    directory: Path

    def __post_init__(self) -> None:
        self.tiny = self.images.add(tiny_guest.disk())
        self.made: list[GuestSpec] = []

    def spec(
        self, specs: dict[str, str], properties: dict[str, str], image: ImageRef | None = None,
        **changes: Any,
    ) -> GuestSpec:
        plain = describe(image or self.tiny, image_properties=properties, **changes)
        return replace(plain, flavor=FlavorInfo("shaped", "1", specs))

    def run(self, guest: GuestSpec) -> GuestSpec:
        self.made.append(guest)
        saved = self.driver.spawn.spawn(guest)
        return replace(guest, saved=saved)

    def xml(self, guest: GuestSpec) -> ET.Element:
        """The definition as the hypervisor has made it of ours, while the guest runs."""
        return ET.fromstring(self.ask(lambda c: c.lookupByUUIDString(guest.uuid).XMLDesc(0)))

    def inside(self, path: str) -> Path:
        """A file of the hypervisor's own, as the test sees it."""
        below = Path(path).relative_to("/var/lib/libvirt")
        return self.directory / "lib" / below

    def ask(self, question: Callable[[Any], Any]) -> Any:
        import libvirt

        connection = libvirt.open(self.uri)
        try:
            return question(connection)
        finally:
            connection.close()

    def log(self, guest: GuestSpec) -> bytes:
        assert self.driver.console is not None
        return self.driver.console.output(guest.uuid)

    def wait_for(self, guest: GuestSpec, words: bytes, patience: float = PATIENCE) -> None:
        assert eventually(lambda: words in self.log(guest), patience), self.log(guest)[-2000:]


@pytest.fixture(scope="session")
def hypervisor(daemon: PrivateLibvirt) -> Iterator[Hypervisor]:
    from nova.virt import libvirt

    directory = Path(tempfile.mkdtemp(prefix="nova-shapes-", dir="/var/tmp"))
    directory.chmod(0o755)
    conf = new_config()
    conf([])
    conf.set_override("instances_path", str(directory))
    for name, value in {"virt_type": "qemu", "connection_uri": daemon.uri,
                        "swtpm_enabled": True}.items():
        conf.set_override(name, value, group="libvirt")
    images = Images()
    driver = libvirt.build(conf, RealClock(), images)
    made = Hypervisor(driver, images, daemon.uri, daemon.directory)
    yield made
    for guest in made.made:
        driver.spawn.destroy(guest.uuid)
    driver.close()
    shutil.rmtree(directory)
