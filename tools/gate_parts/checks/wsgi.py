"""Our WSGI modules in uwsgi, as operators who have no use for our own server run them."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tools.daemons.process import Daemon, free_port
from tools.gate_parts import seed
from tools.gate_parts.checks.need import same
from tools.gate_parts.layout import LOOPBACK, ROOT, Layout
from tools.gate_parts.service import answers
from tools.testing import environment


def compute(layout: Layout) -> None:
    token = str(seed.connection(layout).auth_token)
    with _served(layout, "nova.wsgi.osapi_compute:application") as url:
        same(requests.get(f"{url}/v2.1/servers", timeout=60).status_code, 401, "without a token")
        found = requests.get(f"{url}/v2.1/flavors", headers={"X-Auth-Token": token}, timeout=60)
        names = {one["name"] for one in found.json()["flavors"]}
        same({one[0] for one in seed.FLAVORS} - names, set(), "flavors that are missing")


def metadata(layout: Layout) -> None:
    with _served(layout, "nova.wsgi.metadata:application") as url:
        same(requests.get(url, timeout=60).text.split()[0], "1.0", "the first version")
        found = requests.get(f"{url}/openstack/latest/meta_data.json", timeout=60)
        same(found.status_code, 400, "somebody who does not say which server it is")


@contextmanager
def _served(layout: Layout, module: str) -> Iterator[str]:
    """Its URL, while uwsgi has it, with two workers."""
    name = "uwsgi-" + module.split(".")[2].split(":")[0]
    place = layout.etc / name
    place.mkdir(exist_ok=True)
    shutil.copy(layout.etc / "nova.conf", place / "nova.conf")
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    daemon = Daemon(name, layout.state)
    daemon.start([
        str(environment.python(ROOT)), "-c", "import sys, pyuwsgi; pyuwsgi.run(sys.argv[1:])",
        "--http-socket", f"{LOOPBACK}:{port}", "--module", module, "--master",
        "--processes", "2", "--threads", "4", "--enable-threads", "--lazy-apps", "--die-on-term",
        "--need-app", "--buffer-size", "65535", "--disable-logging",
    ], env={
        "OS_NOVA_CONFIG_DIR": str(place),
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(_uwsgi(layout)))),
    })
    try:
        daemon.wait_until(lambda: answers(url), 180)
        yield url
    finally:
        daemon.stop()


def _uwsgi(layout: Layout) -> Path:
    """A directory with nothing but uwsgi, which our interpreter can load, too."""
    place = layout.state / "lib"
    place.mkdir(exist_ok=True)
    for library in layout.services.glob("lib/python3*/site-packages/pyuwsgi.*[os]"):
        link = place / library.name
        with contextlib.suppress(FileExistsError):
            link.symlink_to(library)
    return place
