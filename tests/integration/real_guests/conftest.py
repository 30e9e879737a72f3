"""A cloud in one process whose one host runs real guests; they share one Linux server."""

import base64
import shutil
import subprocess
import tempfile
import uuid as uuids
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nova.clients.image.contract import ImageMeta
from nova.cmd.adapters import ImagesOf
from nova.compute.upkeep import house
from nova.objects.flavor import Flavor
from nova.virt.contract import Driver
from tests.cloud import PROJECT, Cloud
from tests.contracts.virt import tiny_guest
from tests.contracts.virt.private_daemon import private_libvirt
from tools.daemons.private_libvirt import PrivateLibvirt

ROOT = Path(__file__).parents[3]
LINUX = "20000000-0000-4000-8000-000000000001"
OTHER = "20000000-0000-4000-8000-000000000002"
RESCUER = "20000000-0000-4000-8000-000000000003"
TINY = "20000000-0000-4000-8000-000000000004"
BANNER, OTHER_BANNER = (
    text.decode().strip() for text in (tiny_guest.BANNER, tiny_guest.OTHER_BANNER)
)
ADMIN = f"admin:{PROJECT}"
PATIENCE = 300.0
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIU6Q1x8mO1xoBAVyhW2zNaMDpWF4BTR3VYLZGA7yP2v me@home"
FACTS: dict[str, Any] = {"container_format": "bare", "visibility": "public"}
INSIDE = base64.b64encode(Path(__file__).with_name("inside.sh").read_bytes()).decode()


@dataclass
class RealCloud(Cloud):
    """Its host's guests are those of the hypervisor that the options name."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.network_state.vif_type = "bridge"
        # The names of network devices are made of the beginnings of ids.
        self.network_state.new_id = lambda: str(uuids.uuid4())  # type: ignore[method-assign]
        wired = self.network_state.add_network(PROJECT, "wired")
        # Nobody here answers DHCP: guests are told their addresses.
        self.network_state.add_subnet(wired.id, "192.168.7.0/24", enable_dhcp=False)
        self.net = self.network_state.network(wired.id)

    def driver_of(self, host: str, conf: Any) -> Driver:
        from nova.virt import libvirt

        self.host_conf = conf
        return libvirt.build(conf, self.clock, ImagesOf(self.image))

    def restart(self, meanwhile: Callable[[], object] = lambda: None, **options: Any) -> None:
        """The host's process ends, and another one begins, perhaps with other options."""
        self.computes["host1"].stop()
        meanwhile()
        self.options |= options
        self.start_compute("host1")

    @property
    def directory(self) -> Path:
        return Path(self.options["instances_path"])

    def ask(self, uuid: str, question: Callable[[Any], Any]) -> Any:
        """The hypervisor itself, behind the back of its host."""
        import libvirt

        connection = libvirt.open(self.options["libvirt__connection_uri"])
        try:
            return question(connection.lookupByUUIDString(uuid))
        finally:
            connection.close()

    def definition(self, uuid: str) -> str:
        """As the hypervisor remembers it when the guest is off."""
        found: str = self.ask(uuid, lambda domain: domain.XMLDesc(3))
        return found

    def runs(self, uuid: str) -> bool:
        return bool(self.ask(uuid, lambda domain: domain.isActive()))

    def kill(self, uuid: str) -> None:
        """As `virsh destroy` does."""
        self.ask(uuid, lambda domain: domain.destroy())

    def text(self, uuid: str) -> str:
        """All that the guest wrote to its serial port."""
        return (self.directory / uuid / "console.log").read_text(errors="replace")

    def until(self, true: Callable[[], Any], what: Callable[[], Any]) -> None:
        end = self.clock.monotonic() + PATIENCE
        while not true():
            assert self.clock.monotonic() < end, what()
            self.clock.sleep(0.1)

    def says(self, uuid: str, words: str, times: int = 1) -> str:
        """Wait until the guest wrote that, so often since it was made; all that it wrote."""
        self.until(lambda: self.text(uuid).count(words) >= times,
                   lambda: (words, self.text(uuid)[-3000:]))
        return self.text(uuid)

    def settled(self, uuid: str, *statuses: str) -> dict[str, Any]:
        return self.wait(uuid, *statuses, seconds=PATIENCE)

    def did(self, uuid: str, action: str, arguments: Any, *statuses: str) -> dict[str, Any]:
        """An action that is accepted, and ends in one of the statuses."""
        reply = self.act(uuid, {action: arguments}, token=ADMIN)
        assert reply.status in (200, 202), reply.body
        self.until(lambda: not self.show(uuid).get("OS-EXT-STS:task_state"),
                   lambda: self.show(uuid))
        shown = self.show(uuid)
        assert shown["status"] in statuses, (shown, self.story(uuid))
        return shown

    def story(self, uuid: str) -> str:
        """What became of the last thing that was asked for."""
        path = f"/servers/{uuid}/os-instance-actions"
        last = self.request("GET", path).body["instanceActions"][0]
        shown = self.request("GET", f"{path}/{last['request_id']}", token=ADMIN).body
        events = shown["instanceAction"]["events"]
        return "\n".join(str(event["traceback"]) for event in events)

    def made(self, name: str, image: str, **fields: Any) -> str:
        reply = self.boot(name, imageRef=image, **fields)
        assert reply.status == 202, reply.body
        uuid: str = reply.body["server"]["id"]
        assert self.settled(uuid, "ACTIVE", "ERROR")["status"] == "ACTIVE", self.story(uuid)
        return uuid

    def ended(self, uuid: str) -> None:
        self.act(uuid, {"forceDelete": None})
        self.settled(uuid, "GONE")

    def add_flavor(self, flavorid: str, **changes: Any) -> None:
        fields = {"memory_mb": 512, "vcpus": 1, "root_gb": 1, "ephemeral_gb": 0, "swap": 0,
                  "rxtx_factor": 1.0, "vcpu_weight": 0, "disabled": False, "is_public": True,
                  "description": None, "extra_specs": {}, **changes}  # fmt: skip
        made = Flavor(flavorid=flavorid, name=f"real.{flavorid}", **fields)
        self.stores.api.flavors.create(made)


@pytest.fixture(scope="package")
def daemon() -> Iterator[PrivateLibvirt]:
    with private_libvirt() as made:
        yield made


@pytest.fixture(scope="package")
def linux(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("image") / "linux.qcow2"
    command = [str(ROOT / "tools/make-guest-image"), "--with-agent", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode and "cannot download" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return path.read_bytes()


@pytest.fixture(scope="package")
def cloud(daemon: PrivateLibvirt) -> Iterator[RealCloud]:
    directory = Path(tempfile.mkdtemp(prefix="nova-instances-", dir="/var/tmp"))
    directory.chmod(0o755)
    options = {
        "instances_path": str(directory), "config_drive_format": "vfat",
        "libvirt__virt_type": "qemu", "libvirt__connection_uri": daemon.uri,
        "compute_driver": "libvirt.LibvirtDriver", "reclaim_instance_interval": 3600,
        # Addresses that no other hypervisor of this machine takes ports of.
        "vnc__server_listen": "127.0.47.11", "spice__server_listen": "127.0.47.11",
        "vnc__server_proxyclient_address": "127.0.47.11",
        "spice__server_proxyclient_address": "127.0.47.11",
        "spice__enabled": True, "image_cache__manager_interval": 2,
        "sync_power_state_interval": 2, "running_deleted_instance_poll_interval": 2,
        "journal__watchdog_interval": 1,
    }  # fmt: skip
    made = RealCloud(hosts=("host1",), options=options)
    for image, name, banner in ((OTHER, "other", tiny_guest.OTHER_BANNER),
                                (RESCUER, "rescuer", tiny_guest.OTHER_BANNER),
                                (TINY, "tiny", tiny_guest.BANNER)):  # fmt: skip
        stable = {"hw_rescue_device": "disk", "hw_rescue_bus": "virtio"}
        properties = stable if image == RESCUER else {}
        made.image_state.add(
            ImageMeta(id=image, name=name, disk_format="raw", properties=properties, **FACTS),
            tiny_guest.disk(banner=banner),
        )
    made.add_flavor("shaped", ephemeral_gb=1, extra_specs={"hw:numa_nodes": "1"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house, "MINUTE", 2.0)
        made.start()
        yield made
    import libvirt

    for domain in libvirt.open(daemon.uri).listAllDomains():
        if domain.isActive():
            domain.destroy()
    made.stop()
    bridge = f"brq{made.net.id}"[:14]
    subprocess.run(["ip", "link", "del", bridge], check=False, capture_output=True)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="package")
def server(cloud: RealCloud, linux: bytes) -> str:
    """Of Linux with a guest agent, up and running."""
    properties = {"hw_qemu_guest_agent": "yes", "os_require_quiesce": "yes"}
    cloud.image_state.add(ImageMeta(
        id=LINUX, name="linux", disk_format="qcow2", properties=properties, **FACTS), linux)
    key = {"keypair": {"name": "mine", "public_key": KEY, "type": "ssh"}}
    assert cloud.request("POST", "/os-keypairs", key).status == 201
    uuid = cloud.made(
        "first", LINUX, flavorRef="shaped", user_data=INSIDE, config_drive=True, key_name="mine",
        metadata={"purpose": "proof"},
        networks=[{"uuid": cloud.net.id, "tag": "front"}],
        block_device_mapping_v2=[
            {"boot_index": 0, "uuid": LINUX, "source_type": "image",
             "destination_type": "local", "tag": "root", "delete_on_termination": True},
            {"boot_index": -1, "source_type": "blank", "destination_type": "local",
             "volume_size": 1, "delete_on_termination": True},
        ],
    )  # fmt: skip
    cloud.says(uuid, "GUEST HAS TOLD ALL")
    return uuid
