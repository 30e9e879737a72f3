"""Tempest against the gate: its settings, the run, and what came out."""

import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.daemons import ini
from tools.daemons.process import Failed, run
from tools.gate_parts import plugin, seed
from tools.gate_parts.environments import TEMPEST, environment
from tools.gate_parts.layout import REGION, Layout

COMPUTE = r"^tempest\.api\.compute\."
SKIPS = Path(__file__).with_name("expected_skips.json")


@dataclass(frozen=True)
class Run:
    """Tests that match `regex`, `concurrency` at a time; `quick`: no guest is logged in to."""

    regex: str
    concurrency: int
    quick: bool = False


def test(layout: Layout, asked: Run) -> int:
    """Exit code 0 when nothing failed and nothing was skipped without a reason we know."""
    environment(layout.tempest, TEMPEST)
    place = _workspace(layout, asked)
    stream = place / "last.subunit"
    command = [
        str(layout.tempest / "bin" / "tempest"), "run", "--regex", asked.regex,
        "--concurrency", str(asked.concurrency), "--subunit",
    ]
    with stream.open("wb") as out, (place / "stderr").open("wb") as err:
        subprocess.run(command, cwd=place, stdout=out, stderr=err, check=False, env=_env(layout))
    read = Path(__file__).with_name("subunit_reader.py")
    found = json.loads(run([str(layout.tempest / "bin" / "python"), str(read), str(stream)]))
    return report(found, json.loads(SKIPS.read_text()), layout.state / "tempest.txt")


def report(found: dict[str, list[str]], expected: dict[str, str], path: Path) -> int:
    """Print the counts and what is not well; `found` is (status, why) by test, `expected`
    tells why tests are skipped, by what is found in their name or Tempest's own reason."""
    counts = Counter(status for status, _ in found.values())
    lines = []
    unknown = 0
    for name, (status, why) in sorted(found.items()):
        if status == "passed":
            continue
        told = f"{name}: {why}"
        reason = next((text for known, text in expected.items() if re.search(known, told)), None)
        if status == "skipped" and reason is None:
            unknown += 1
        lines.append(f"{status:8} {name}: {_line(reason if status == 'skipped' else None, why)}")
    head = ", ".join(f"{counts[status]} {status}" for status in ("passed", "failed", "skipped"))
    text = "\n".join([*lines, f"{head}; {unknown} skipped without a known reason"])
    path.write_text(text + "\n")
    print(text)
    return 0 if found and not counts["failed"] and not unknown else 1


def _line(reason: str | None, why: str) -> str:
    last = why.strip().splitlines()[-1] if why.strip() else ""
    return reason or last[:300]


def _workspace(layout: Layout, asked: Run) -> Path:
    place = layout.state / "tempest"
    if not (place / ".stestr.conf").exists():
        run([str(layout.tempest / "bin" / "tempest"), "init", str(place)], env=_env(layout))
    admin = seed.connection(layout)
    images: list[Any] = [admin.image.find_image(name) for name in seed.IMAGES]
    public: Any = admin.network.find_network("public")
    if None in (*images, public):
        raise Failed("the gate is not up: no images or networks")
    settings = ini.merged(
        _settings(layout, [one.id for one in images], public.id), _validation(asked)
    )
    ini.write(place / "etc" / "tempest.conf", settings)
    # What our services offer.
    plugin.call(layout, "_nova_tempest")
    return place


def _env(layout: Layout) -> dict[str, str]:
    """Tempest keeps things in its user's home."""
    return {"HOME": str(layout.state), "PATH": f"{layout.tempest}/bin:/usr/sbin:/usr/bin:/bin"}


def _settings(layout: Layout, images: list[str], public: str) -> dict[str, dict[str, object]]:
    return {
        "DEFAULT": {"log_file": layout.state / "log" / "tempest.log"},
        "oslo_concurrency": {"lock_path": layout.state / "lock"},
        "auth": {
            "use_dynamic_credentials": True,
            "admin_username": "admin",
            "admin_password": layout.password,
            "admin_project_name": "admin",
            "admin_domain_name": "Default",
        },
        "identity": {
            "uri_v3": layout.url("identity", "/v3"),
            "auth_version": "v3",
            "region": REGION,
        },
        "service_available": {
            "glance": True,
            "neutron": True,
            "cinder": False,
            "swift": False,
            "horizon": False,
        },
        "compute": {
            "image_ref": images[0],
            "image_ref_alt": images[1],
            "flavor_ref": "42",
            "flavor_ref_alt": "84",
            "build_timeout": 180,
            "build_interval": 1,
            "max_microversion": "latest",
            "min_compute_nodes": 1,
            "fixed_network_name": "shared",
        },
        "image": {"build_timeout": 180},
        "network": {
            "public_network_id": public,
            "floating_network_name": "public",
            "project_network_cidr": "10.100.0.0/16",
            "build_interval": 1,
        },
        "network-feature-enabled": {
            "floating_ips": True, "ipv6": True, "ipv6_subnet_attributes": True,
            "port_security": True,
        },
    }


def _validation(asked: Run) -> dict[str, dict[str, object]]:
    """How guests are logged in to: through floating addresses, which this machine reaches."""
    return {
        "validation": {
            "run_validation": not asked.quick,
            "connect_method": "floating",
            "image_ssh_user": "root",
            "image_alt_ssh_user": "root",
            "ssh_key_type": "ecdsa",
            "ping_timeout": 300,
            "ssh_timeout": 300,
        },
    }
