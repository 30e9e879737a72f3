"""A whole small cloud in one process, on the real services' own code."""

import contextlib
from collections.abc import Callable

from oslo_config import cfg

from nova import conf as options
from nova.cmd.process import begin_logging
from nova.core.clock import Clock
from nova.errors import ConfigurationFailure
from nova.placement import conf as placement_conf
from nova.placement.api.app import build_app as build_placement
from nova.placement.api.app import pool_options
from nova.placement.api.auth import Wsgi
from nova.placement.db import sync as placement_schema
from nova.placement.db.engine import Database
from nova.scheduler.discovery import discover_hosts
from nova.standalone import configuration, databases, seeds
from nova.standalone.configuration import Addresses, Files
from nova.standalone.doors import Doors
from nova.standalone.hosts import Hosts
from nova.standalone.services import Services, Settings, start_services
from nova.standalone.settings import Wishes

PROGRAM = "nova-standalone"


class SmallCloud:
    """`start` returns when servers can be made; what was started is ended by `stop`."""

    def __init__(
        self, wishes: Wishes, clock: Clock, ready: Callable[[str], None] = lambda url: None
    ) -> None:
        """`ready` is told the URL of the compute API once all is there."""
        self._wishes = wishes
        self._clock = clock
        self._ready = ready
        self._ends = contextlib.ExitStack()
        self.conf: cfg.ConfigOpts | None = None
        self.compute_url = ""

    def start(self) -> None:
        """Raises NovaError; ConfigurationFailure when a port is taken."""
        try:
            self._start()
        except OSError as error:
            raise ConfigurationFailure(reason=error.strerror or str(error)) from error

    def _start(self) -> None:
        doors = Doors(self._wishes)
        self._ends.callback(doors.close)
        self.compute_url = f"{doors.url('compute')}/v2.1"
        services = start_services(self._settings(doors), self._clock)
        self._ends.callback(services.stop)
        files = configuration.write(
            self._wishes, _addresses(doors, services), services.password, services.metadata_secret
        )
        # The first host is that of the control services as well.
        self.conf, *others = [self._configured(files, host) for host in self._wishes.hosts]
        begin_logging(self.conf, PROGRAM)
        doors.open("placement", _placement(files, self._clock))
        stores = databases.prepare(self.conf, self._clock, self._wishes)
        hosts = Hosts(self.conf, [self.conf, *others], self._clock, stores)
        self._start_hosts(hosts)
        discover_hosts(stores)
        hosts.scheduler.start()
        self._ends.callback(hosts.scheduler.stop)
        doors.open("compute", hosts.api())
        doors.open("metadata", hosts.metadata())
        seeds.sow(services, stores, self._wishes)
        self._ready(self.compute_url)

    def stop(self) -> None:
        """First who gives work, then who does it, then what they need for it."""
        self._ends.close()

    def _start_hosts(self, hosts: Hosts) -> None:
        hosts.conductor.start()
        self._ends.callback(hosts.conductor.stop)
        for compute in hosts.computes:
            self._ends.callback(compute.stop)
            compute.start()

    def _settings(self, doors: Doors) -> Settings:
        wishes = self._wishes
        return Settings(
            state=wishes.state,
            password=wishes.password,
            host=wishes.host,
            identity_port=wishes.ports["identity"],
            image_port=wishes.ports["image"],
            network_port=wishes.ports["network"],
            compute_url=self.compute_url,
            placement_url=doors.url("placement"),
            metadata_url=doors.url("metadata"),
            region=configuration.REGION,
            fabric=wishes.fabric,
        )

    def _configured(self, files: Files, host: str) -> cfg.ConfigOpts:
        """A mistake in the user's own files ends the process with a line on stderr."""
        read = [str(path) for path in (files.nova, *self._wishes.files)]
        conf = options.load(PROGRAM, [], read)
        conf.set_override("host", host)
        return conf


def _addresses(doors: Doors, services: Services) -> Addresses:
    return Addresses(
        identity=services.auth_url.removesuffix("/v3"),
        compute=doors.url("compute"),
        placement=doors.url("placement"),
        metadata=doors.url("metadata"),
    )


def _placement(files: Files, clock: Clock) -> Wsgi:
    conf = placement_conf.new_config()
    placement_conf.read(conf, [], [str(files.placement)])
    url = placement_conf.database_url(conf)
    database = Database(url, clock=clock, options=pool_options(conf))
    placement_schema.sync(database)
    return build_placement(conf, database=database, clock=clock)
