"""Placement for uwsgi or mod_wsgi: `nova.wsgi.placement:application`.

The configuration file is $OS_PLACEMENT_CONFIG_DIR/placement.conf, by default
/etc/placement/placement.conf.  The service is put together by the first
request, so that importing this module does nothing.
"""

import os
from pathlib import Path

from nova.cmd import frugal
from nova.cmd.placement_api import configure, open_database
from nova.core.clock import RealClock
from nova.placement.api.app import build_app
from nova.placement.api.auth import Wsgi
from nova.wsgi.lazy import Lazy


def init_application() -> Wsgi:
    """Raises `nova.placement.errors.CannotStart`."""
    directory = Path(os.environ.get("OS_PLACEMENT_CONFIG_DIR", "/etc/placement"))
    conf = configure([str(directory / "placement.conf")])
    clock = RealClock()
    database = open_database(conf, clock)
    return build_app(conf, database=database, clock=clock, warmed=frugal.settled)


application: Wsgi = Lazy(init_application)
