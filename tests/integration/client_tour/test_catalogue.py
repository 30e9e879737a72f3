"""What servers are made of: versions, flavors and key pairs."""

import re
import subprocess
from pathlib import Path

from cryptography import x509
from openstack.connection import Connection

from tests.integration.client_tour.needed import needed
from tests.integration.client_tour.openstack_command import OpenStack

pytestmark = needed

SSH_KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqxHUyWrxhWmQGJfHIiFE5Y2kbjGkE4fgKM4xJbyZ6f mine"
)


def test_versions_are_found(as_demo: OpenStack) -> None:
    found = {one["Version"]: one for one in as_demo.ask("versions", "show", "--service", "compute")}
    assert found["2.1"]["Status"] == "CURRENT"
    assert (found["2.1"]["Min Microversion"], found["2.1"]["Max Microversion"]) == ("2.1", "2.104")
    assert found["2.0"]["Status"] == "DEPRECATED"


def test_a_version_that_does_not_exist_is_refused(demo: Connection) -> None:
    answer = demo.compute.get("/servers", microversion="2.105")
    assert answer.status_code == 406
    wrong = {"OpenStack-API-Version": "compute two"}
    assert demo.compute.get("/servers", headers=wrong).status_code == 400


def test_flavors_are_made_described_and_removed(as_admin: OpenStack, admin: Connection) -> None:
    made = as_admin.ask(
        *("flavor", "create", "big", "--ram", "256", "--vcpus", "2", "--disk", "2"),
        *("--ephemeral", "1", "--swap", "64", "--property", "hw:cpu_policy=shared"),
        *("--description", "a big one"),
    )
    assert made["properties"] == {"hw:cpu_policy": "shared"}
    as_admin.do("flavor", "set", "big", "--description", "big", "--property", "hw:pmu=true")
    as_admin.do("flavor", "unset", "big", "--property", "hw:cpu_policy")
    shown = as_admin.ask("flavor", "show", "big")
    assert (shown["description"], shown["properties"]) == ("big", {"hw:pmu": "true"})
    assert as_admin.names("flavor", "list", "--min-disk", "2") == ["big"]
    assert "already exists" in as_admin.refusal("flavor", "create", "big", "--ram", "1")
    nonsense = {"extra_specs": {"hw:cpu_policy": "nonsense"}}
    path = f"/flavors/{shown['id']}/os-extra_specs"
    answer = admin.compute.post(path, microversion="2.86", json=nonsense)
    assert answer.status_code == 400
    assert "hw:cpu_policy" in answer.text
    as_admin.do("flavor", "delete", "big")
    assert as_admin.names("flavor", "list", "--all") == ["m1.tiny"]


def test_a_private_flavor_is_for_those_it_is_given_to(
    as_admin: OpenStack, demo: Connection
) -> None:
    as_admin.do("flavor", "create", "secret", "--private", "--ram", "1", "--id", "77")
    assert "secret" not in [flavor.name for flavor in demo.compute.flavors()]
    as_admin.do("flavor", "set", "secret", "--project", "demo")
    assert "secret" in [flavor.name for flavor in demo.compute.flavors()]
    shown = as_admin.ask("flavor", "show", "secret")
    assert shown["access_project_ids"] == [demo.current_project_id]
    as_admin.do("flavor", "unset", "secret", "--project", "demo")
    assert demo.compute.find_flavor("secret") is None
    as_admin.do("flavor", "delete", "secret")


def test_users_make_no_flavors(as_demo: OpenStack) -> None:
    refusal = as_demo.refusal("flavor", "create", "mine", "--ram", "1")
    assert "Policy doesn't allow os_compute_api:os-flavor-manage:create" in refusal


def test_key_pairs_are_imported_and_shown(as_demo: OpenStack, tmp_path: Path) -> None:
    public = tmp_path / "key.pub"
    public.write_text(f"{SSH_KEY}\n")
    made = as_demo.ask("keypair", "create", "mine", "--public-key", str(public))
    assert made["type"] == "ssh"
    assert as_demo.do("keypair", "show", "mine", "--public-key") == SSH_KEY
    assert "already exists" in as_demo.refusal(
        "keypair", "create", "mine", "--public-key", str(public)
    )
    listed = as_demo.ask("keypair", "list")
    assert [(one["Name"], one["Fingerprint"]) for one in listed] == [("mine", made["fingerprint"])]
    as_demo.do("keypair", "delete", "mine")
    assert "not found" in as_demo.refusal("keypair", "delete", "mine")


def test_a_key_that_the_client_makes_fits_what_is_stored(
    as_demo: OpenStack, tmp_path: Path
) -> None:
    private = tmp_path / "key"
    as_demo.do("keypair", "create", "made", "--private-key", str(private))
    private.chmod(0o600)
    derived = subprocess.run(
        ["ssh-keygen", "-y", "-f", str(private)], capture_output=True, text=True, check=True
    )
    stored = as_demo.do("keypair", "show", "made", "--public-key")
    assert stored.split()[:2] == derived.stdout.split()[:2]
    as_demo.do("keypair", "delete", "made")


def test_key_pairs_are_generated_for_older_clients(demo: Connection) -> None:
    ssh = demo.compute.post("/os-keypairs", microversion="2.1", json={"keypair": {"name": "g"}})
    private = ssh.json()["keypair"]["private_key"]
    assert re.match(r"-----BEGIN (RSA|OPENSSH) PRIVATE KEY-----", private)
    wish = {"keypair": {"name": "c", "type": "x509"}}
    made = demo.compute.post("/os-keypairs", microversion="2.2", json=wish).json()["keypair"]
    certificate = x509.load_pem_x509_certificate(made["public_key"].encode())
    assert certificate.subject.rfc4514_string().startswith("CN=")
    again = {"name": "again", "type": "x509", "public_key": made["public_key"]}
    imported = demo.compute.post(
        "/os-keypairs", microversion="2.2", json={"keypair": again}
    ).json()["keypair"]
    assert imported["fingerprint"] == made["fingerprint"]
    missing = demo.compute.post(
        "/os-keypairs", microversion="2.92", json={"keypair": {"name": "n"}}
    )
    assert missing.status_code == 400
    for name in ("g", "c", "again"):
        demo.compute.delete_keypair(name, ignore_missing=False)


def test_an_administrator_keeps_keys_for_users(as_admin: OpenStack, tmp_path: Path) -> None:
    public = tmp_path / "key.pub"
    public.write_text(SSH_KEY)
    as_admin.do("keypair", "create", "his", "--user", "demo", "--public-key", str(public))
    assert as_admin.names("keypair", "list", "--user", "demo") == ["his"]
    assert as_admin.names("keypair", "list") == []
    as_admin.do("keypair", "delete", "his", "--user", "demo")


def test_extensions_and_limits_are_told(as_demo: OpenStack, demo: Connection) -> None:
    assert "Keypairs" in as_demo.names("extension", "list", "--compute")
    limits = {one["Name"]: one["Value"] for one in as_demo.ask("limits", "show", "--absolute")}
    assert limits["total_instances_used"] == 0
    assert limits["server_meta"] == 128
    assert demo.compute.get_limits().absolute.keypairs == 100
