"""The library is global to a process, so each of these has one of its own."""

import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[5]


def run(program: str, *words: object) -> str:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program), *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=100,
    ).stdout  # fmt: skip


def test_hosts_without_such_ports_do_not_pay_for_it():
    program = """
        import sys
        import nova.virt.libvirt.assembly
        print([name for name in ("os_vif", "vif_plug_ovs", "ovsdbapp") if name in sys.modules])
    """
    assert run(program) == "[]\n"


def test_it_reads_what_we_read(tmp_path):
    first, more = tmp_path / "nova.conf", tmp_path / "more"
    first.write_text("[os_vif_ovs]\novsdb_connection = unix:/run/one\novs_vsctl_timeout = 7\n")
    more.mkdir()
    (more / "ovs.conf").write_text("[os_vif_ovs]\novsdb_connection = unix:/run/two\n")
    program = """
        import sys
        import os_vif
        os_vif.initialize()  # as whoever looks for its options does
        from nova.conf import new_config
        from nova.virt.libvirt.plugging.library import VifLibrary
        conf = new_config()
        conf(sys.argv[1:], default_config_files=[])
        library = VifLibrary(conf)
        print(library.options())
        from vif_plug_ovs import privsep
        print(os_vif._EXT_MANAGER["ovs"].obj.ovsdb.timeout, privsep.vif_plug.client_mode)
    """
    told = run(program, "--config-file", first, "--config-dir", more).splitlines()
    assert told[0] == "SwitchOptions(connection='unix:/run/two', timeout=7)"
    assert told[1].split()[0] == "7"
