"""The three services on sockets, with the stock clients and the stock middleware."""

import stat

import openstack
import pytest
import requests
import yaml
from keystonemiddleware import auth_token
from webob.dec import wsgify

from nova.core.clock import RealClock
from nova.standalone.services import Settings, start_services
from nova.standalone.web.serving import listen


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("cloud") / "state"


def settings(state):
    return Settings(state=state, identity_port=0, image_port=0, network_port=0)


@pytest.fixture(scope="module")
def services(state):
    running = start_services(settings(state), RealClock())
    yield running
    running.stop()


@pytest.fixture
def demo(services, state):
    config = openstack.config.OpenStackConfig(config_files=[str(state / "clouds.yaml")])
    cloud = openstack.connection.Connection(config=config.get_one(cloud="demo"))
    yield cloud
    cloud.close()


def test_the_clouds_file_is_private_and_works(services, state, demo):
    path = state / "clouds.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(yaml.safe_load(path.read_text())["clouds"]) == {"admin", "demo"}
    assert demo.endpoint_for("compute") == "http://127.0.0.1:8774/v2.1"
    assert demo.endpoint_for("placement") == "http://127.0.0.1:8778"


def test_a_large_image_in_chunks(services, demo, tmp_path):
    source = tmp_path / "disk"
    with source.open("wb") as target:
        for number in range(64):
            target.write(bytes([number]) * (1 << 18))
    image = demo.create_image("disk", filename=str(source), disk_format="raw",
                              container_format="bare", wait=True)  # fmt: skip
    assert demo.image.get_image(image.id).size == 1 << 24
    url = f"{services.image_url}/v2/images"
    made = demo.session.post(
        url, json={"name": "chunked", "disk_format": "raw", "container_format": "bare"}
    ).json()

    def chunks():
        with source.open("rb") as contents:
            while chunk := contents.read(1 << 17):
                yield chunk

    headers = {"Content-Type": "application/octet-stream", "X-Auth-Token": demo.auth_token}
    put = requests.put(f"{url}/{made['id']}/file", data=chunks(), headers=headers, timeout=30)
    assert put.status_code == 204
    back = tmp_path / "back"
    with back.open("wb") as target:
        demo.image.download_image(made["id"], output=target)
    assert back.read_bytes() == source.read_bytes()


def test_networks_ports_and_groups(demo):
    net = demo.network.create_network(name="private")
    demo.network.create_subnet(network_id=net.id, ip_version=4, cidr="10.20.0.0/24")
    port = demo.network.create_port(network_id=net.id)
    assert port.fixed_ips[0]["ip_address"] == "10.20.0.2"
    demo.network.delete_port(port)
    demo.network.delete_network(net)


@wsgify
def whoami(request):
    names = ("X-User-Name", "X-Project-Name", "X-Roles", "X-Identity-Status")
    return " ".join(request.headers.get(name, "-") for name in names)


@pytest.fixture
def guarded(services):
    """A service behind the middleware that every OpenStack API is behind."""
    conf = {
        "auth_url": services.auth_url,
        "www_authenticate_uri": services.auth_url,
        "auth_type": "password",
        "username": "nova",
        "password": services.password,
        "user_domain_id": "default",
        "project_domain_id": "default",
        "project_name": "service",
        "service_token_roles": "service",
        "service_token_roles_required": "true",
    }
    listener = listen("whoami", auth_token.AuthProtocol(whoami, conf), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{listener.port}/"
    listener.stop()


def test_the_stock_middleware_accepts_tokens(guarded, demo):
    told = requests.get(guarded, headers={"X-Auth-Token": demo.auth_token}, timeout=30)
    assert told.text == "demo demo member,reader Confirmed"
    refused = requests.get(guarded, headers={"X-Auth-Token": "nonsense"}, timeout=30)
    assert refused.status_code == 401
    assert "Keystone uri=" in refused.headers["WWW-Authenticate"]


def test_everything_is_there_after_a_restart(tmp_path):
    first = start_services(settings(tmp_path), RealClock())
    config = openstack.config.OpenStackConfig(config_files=[str(tmp_path / "clouds.yaml")])
    cloud = openstack.connection.Connection(config=config.get_one(cloud="demo"))
    cloud.network.create_network(name="kept")
    cloud.create_image("kept", data=b"x", disk_format="raw", container_format="bare")
    password = first.password
    first.stop()
    second = start_services(settings(tmp_path), RealClock())
    assert second.password == password
    config = openstack.config.OpenStackConfig(config_files=[str(tmp_path / "clouds.yaml")])
    cloud = openstack.connection.Connection(config=config.get_one(cloud="demo"))
    assert cloud.network.find_network("kept")
    assert cloud.image.download_image(cloud.image.find_image("kept")).content == b"x"
    second.stop()


def test_a_taken_port_leaves_nothing_running(services, tmp_path):
    taken = int(services.network_url.rsplit(":", 1)[1])
    with pytest.raises(OSError):
        start_services(
            Settings(state=tmp_path, identity_port=0, image_port=0, network_port=taken),
            RealClock(),
        )
