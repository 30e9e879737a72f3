"""The two hypervisors that have to keep the contract, behind one face for the tests."""

import dataclasses
import hashlib
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from nova.conf import new_config
from nova.context import RequestContext
from nova.core.clock import RealClock
from nova.errors import NotFound
from nova.virt import fake
from nova.virt.contract import (
    ConfigDrive,
    Driver,
    FlavorInfo,
    GuestSpec,
    ImageRef,
    ImageStream,
    Nic,
    Owner,
    PowerState,
    RootDisk,
)
from nova.virt.contract.errors import DetachFailed
from nova.virt.contract.events import Transition
from tests.contracts.virt import host_disks, tiny_guest

BRIDGE = "nova-ct-br"
GIB = 1024**3


class Images:
    """An image service in memory; counts how often each image is fetched."""

    def __init__(self) -> None:
        self._images: dict[str, tuple[ImageRef, bytes]] = {}
        self._lock = threading.Lock()
        self.fetched: list[str] = []
        self.certificates: dict[str, bytes] = {}

    def add(self, content: bytes, *, disk_format: str = "raw", **lies: Any) -> ImageRef:
        truth = ImageRef(
            image_id=str(uuid.uuid4()),
            disk_format=disk_format,
            size=len(content),
            checksum=hashlib.md5(content).hexdigest(),
            hash_algorithm="sha512",
            hash_value=hashlib.sha512(content).hexdigest(),
        )
        ref = dataclasses.replace(truth, **lies)
        self._images[ref.image_id] = (ref, content)
        return ref

    def change(self, image_id: str, **facts: Any) -> ImageRef:
        """The image service tells something else of it from now on."""
        ref, content = self._images[image_id]
        self._images[image_id] = (dataclasses.replace(ref, **facts), content)
        return self._images[image_id][0]

    def look(self, image_id: str) -> ImageRef:
        if image_id not in self._images:
            raise NotFound()
        return self._images[image_id][0]

    def copy(self, image_id: str, store: str) -> None:
        raise NotFound()

    def certificate(self, certificate_id: str, context: RequestContext | None) -> bytes:
        if certificate_id not in self.certificates:
            raise NotFound()
        return self.certificates[certificate_id]

    def content(self, image_id: str | None) -> bytes:
        return self._images[image_id or ""][1]

    def fetch(self, image_id: str) -> ImageStream:
        with self._lock:
            self.fetched.append(image_id)
        ref = self.look(image_id)
        content = self._images[image_id][1]
        pieces = (content[at : at + 65536] for at in range(0, len(content), 65536))
        return ImageStream(pieces, ref)


class Subject(Protocol):
    driver: Driver
    images: Images
    tiny: ImageRef
    patience: float
    """Seconds in which anything must have happened."""

    def reborn(self) -> Driver:
        """The driver of a new process, after the old one was killed."""

    def stop_behind(self, uuid: str) -> None: ...
    def start_behind(self, uuid: str) -> None: ...

    banner: bytes
    """What a guest writes when it is up."""
    deaf: ImageRef
    """An image whose guests ignore the power button."""

    def spawned(self, guest: GuestSpec) -> None:
        """Called for each new guest."""

    def forget(self, guest: GuestSpec) -> None:
        """The test is done with the guest."""

    def clinging(self, guest: GuestSpec) -> None:
        """From now on the guest lets go of none of its devices, if it ever did."""

    rescuer: ImageRef
    """Another system to start from."""
    rescue_banner: bytes
    """What a guest writes that is up in rescue, from `rescuer`."""
    rescuer_banner: bytes
    """What a guest of that image writes otherwise."""

    def write(self, guest: GuestSpec, text: str, disk: str = "root") -> None:
        """As if the guest wrote it, to its root or its first ephemeral disk."""

    def read(self, guest: GuestSpec, disk: str = "root") -> str: ...
    def definition(self, guest: GuestSpec) -> object:
        """All that the hypervisor is to remember of it, to be compared."""

    def litter(self) -> list[str]:
        """What work on guests left outside of them."""

    def settle(self) -> None:
        """Wait until forgotten guests are gone."""

    def leftovers(self, uuid: str) -> list[str]:
        """What is to be found of the guest anywhere."""


class FakeSubject:
    patience = 5.0
    banner = b"LAST LINE"

    def __init__(self) -> None:
        conf = new_config()
        conf([])
        self._conf = conf
        self.images = Images()
        self.tiny = self.images.add(tiny_guest.disk())
        self.deaf = self.images.add(bytes(1024))
        self.rescuer = self.images.add(tiny_guest.disk(banner=tiny_guest.OTHER_BANNER))
        self.rescue_banner = f"RESCUE {self.rescuer.image_id}".encode()
        self.rescuer_banner = self.banner
        self.hypervisor = fake.hypervisor_of(conf, RealClock())
        self.driver = self.reborn()

    def reborn(self) -> Driver:
        return fake.build(self._conf, RealClock(), self.images, self.hypervisor)

    def write(self, guest: GuestSpec, text: str, disk: str = "root") -> None:
        known = self.hypervisor.defined(guest.uuid)
        field = "written" if disk == "root" else disk
        self.hypervisor.put(dataclasses.replace(known, **{field: text}))

    def read(self, guest: GuestSpec, disk: str = "root") -> str:
        """A fake disk tells what stands in the image it was made of, as far as it was a picture."""
        known = self.hypervisor.defined(guest.uuid)
        if disk != "root":
            return known.ephemeral
        made_of = self.images.content(known.image_id).decode(errors="replace")
        return made_of + known.root

    def definition(self, guest: GuestSpec) -> object:
        known = self.hypervisor.defined(guest.uuid)
        return dataclasses.replace(known, console="", state=PowerState.SHUTDOWN)

    def litter(self) -> list[str]:
        return []

    def stop_behind(self, uuid: str) -> None:
        self.hypervisor.change(uuid, Transition.STOPPED, state=PowerState.SHUTDOWN)

    def start_behind(self, uuid: str) -> None:
        self.hypervisor.change(uuid, Transition.STARTED, state=PowerState.RUNNING)

    def spawned(self, guest: GuestSpec) -> None:
        if guest.root.image == self.deaf:
            self.hypervisor.faults.deaf.add(guest.uuid)

    def forget(self, guest: GuestSpec) -> None:
        self.driver.spawn.destroy(guest.uuid)

    def clinging(self, guest: GuestSpec) -> None:
        failure = DetachFailed(device=guest.nics[0].mac, reason="it clings to it")
        self.hypervisor.faults.fail("detach_nic", failure, uuid=guest.uuid)

    def settle(self) -> None:
        pass

    def leftovers(self, uuid: str) -> list[str]:
        return ["record"] if self.hypervisor.find(uuid) else []


class LibvirtSubject:
    patience = 20.0
    banner = tiny_guest.BANNER

    def __init__(
        self, directory: Path, uri: str, files: Sequence[Path] = (), **options: Any
    ) -> None:
        """`files` of configuration; `options` are those of the group libvirt."""
        from nova.virt import libvirt

        conf = new_config()
        conf([], default_config_files=list(map(str, files)))
        conf.set_override("instances_path", str(directory))
        conf.set_override("virt_type", "qemu", group="libvirt")
        conf.set_override("connection_uri", uri, group="libvirt")
        conf.set_override("device_detach_attempts", 2, group="libvirt")
        conf.set_override("device_detach_timeout", 1, group="libvirt")
        for name, value in options.items():
            conf.set_override(name, value, group="libvirt")
        self._build = libvirt.build
        self._conf = conf
        self._directory = directory
        self._undertaker = ThreadPoolExecutor(2)
        self._dying: list[Future[None]] = []
        self.images = Images()
        self.tiny = self.images.add(tiny_guest.disk())
        self.deaf = self.images.add(bytes(1024 * 1024))
        self.rescuer = self.images.add(tiny_guest.disk(banner=tiny_guest.OTHER_BANNER))
        self.rescue_banner = self.rescuer_banner = tiny_guest.OTHER_BANNER
        self.driver = self.reborn()

    def reborn(self) -> Driver:
        return self._build(self._conf, RealClock(), self.images)

    def stop_behind(self, uuid: str) -> None:
        self._virsh(uuid, lambda domain: domain.destroy())

    def start_behind(self, uuid: str) -> None:
        self._virsh(uuid, lambda domain: domain.create())

    def write(self, guest: GuestSpec, text: str, disk: str = "root") -> None:
        host_disks.write(self._conf, guest, host_disks.FILES[disk], text)

    def read(self, guest: GuestSpec, disk: str = "root") -> str:
        return host_disks.read(self._conf, guest, host_disks.FILES[disk])

    def definition(self, guest: GuestSpec) -> object:
        found: list[str] = []
        self._virsh(guest.uuid, lambda domain: found.append(domain.XMLDesc(3)))
        return found

    def litter(self) -> list[str]:
        return [str(path) for path in (self._directory / "snapshots").glob("*")]

    def spawned(self, guest: GuestSpec) -> None:
        pass

    def forget(self, guest: GuestSpec) -> None:
        """Beside the next test: it takes a second or two."""
        self._dying.append(self._undertaker.submit(self.driver.spawn.destroy, guest.uuid))

    def clinging(self, guest: GuestSpec) -> None:
        """It has no operating system that would."""

    def settle(self) -> None:
        while self._dying:
            self._dying.pop().result()

    def leftovers(self, uuid: str) -> list[str]:
        found = [str(path) for path in self._directory.glob(f"{uuid}*")]
        known = [guest.uuid for guest in self.driver.spawn.list_guests()]
        return [*found, *(["domain"] if uuid in known else [])]

    def close(self) -> None:
        self.settle()
        mine = {path.name for path in self._directory.iterdir()}
        for guest in self.driver.spawn.list_guests():
            if guest.uuid in mine:
                self.driver.spawn.destroy(guest.uuid)
        self.driver.close()
        shutil.rmtree(self._directory)

    def _virsh(self, uuid: str, act: Callable[[Any], Any]) -> None:
        import libvirt

        connection = libvirt.open(self._conf.libvirt.connection_uri)
        try:
            act(connection.lookupByUUIDString(uuid))
        finally:
            connection.close()


def describe(image: ImageRef | None, **changes: Any) -> GuestSpec:
    """A small guest with everything that both can do."""
    own = str(uuid.uuid4())
    spec = GuestSpec(
        uuid=own,
        name=f"instance-{own[:8]}",
        display_name="contract",
        vcpus=1,
        memory_mb=64,
        root=RootDisk(image=image, size_gb=1),
        owner=Owner("user-1", "demo", "project-1", "demo"),
        flavor=FlavorInfo("m1.contract", "42", {"hw_rng:allowed": "true"}),
        created_at=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
        config_drive=ConfigDrive({"openstack/latest/meta_data.json": b"{}"}),
    )
    return dataclasses.replace(spec, **changes)


def nic(**changes: Any) -> Nic:
    port = str(uuid.uuid4())
    plain = Nic(
        port_id=port,
        mac=f"fa:16:3e:{port[0:2]}:{port[2:4]}:{port[4:6]}",
        bridge=BRIDGE,
        tap=f"tap{port[:11]}",
        mtu=1400,
        addresses=("192.0.2.5", "2001:db8::5"),
    )
    return dataclasses.replace(plain, **changes)


def eventually(check: Callable[[], Any], patience: float) -> bool:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.02)
    return bool(check())


def state(subject: Subject, guest: GuestSpec) -> PowerState:
    return subject.driver.spawn.guest_state(guest.uuid)


def wait_until_up(subject: Subject, guest: GuestSpec) -> None:
    """Until its operating system listens."""

    def up() -> bool:
        return subject.banner in subject.driver.console.output(guest.uuid)

    assert eventually(up, subject.patience), "the guest did not boot"
