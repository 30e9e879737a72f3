"""Real services for the contract tests of clients: in this process, without sockets."""

import tempfile
import textwrap
from functools import cache, cached_property
from pathlib import Path

from nova import conf as nova_conf
from nova.context import RequestContext
from nova.core.clock import RealClock
from nova.placement import conf as placement_conf
from nova.placement.api.app import build_app as build_placement
from nova.placement.db.engine import Database
from nova.placement.db.sync import sync
from nova.standalone.identity.app import build_identity
from nova.standalone.identity.seed import Seed, SeedService, default_users
from nova.standalone.image.app import build_image
from nova.standalone.network.app import build_network
from nova.standalone.web.in_process import session_for

PASSWORD = "secret"
URLS = {
    "identity": "http://identity.test/v3",
    "image": "http://image.test",
    "network": "http://network.test",
    "placement": "http://placement.test",
}
LOGIN = f"""
auth_type = v3password
auth_url = {URLS["identity"]}
username = nova
password = {PASSWORD}
user_domain_id = default
project_domain_id = default
project_name = service
region_name = RegionOne
"""


class Observed:
    """An observer that remembers (method, path) of every call."""

    def __init__(self):
        self.calls = []

    def __call__(self, service, method, path_template, status, seconds):
        self.calls.append((method, path_template))

    def since(self, start):
        return self.calls[start:]


class Cloud:
    """Identity, image, network and placement, and the configuration that leads there.

    Each is made when it is first asked for.  Identity is the same for all tests
    of a process, because hashing passwords takes its time; so is the schema of
    placement.
    """

    def __init__(self, directory, clock):
        self._directory = directory
        self._clock = clock
        self.conf = _conf(directory)

    @cached_property
    def identity(self):
        return shared_identity()

    @cached_property
    def network(self):
        return build_network(self.identity.tokens, self._clock)

    @cached_property
    def image(self):
        return build_image(self.identity.tokens, self._clock, self._directory / "images")

    @cached_property
    def placement(self):
        path = self._directory / "placement.sqlite"
        path.write_bytes(empty_placement())
        return _placement(path, self._clock)

    def transport(self):
        return session_for(
            {
                "http://identity.test": lambda *call: self.identity.app(*call),
                "http://image.test": lambda *call: self.image.app(*call),
                "http://network.test": lambda *call: self.network.app(*call),
                "http://placement.test": lambda *call: self.placement(*call),
            }
        )

    def context(self, user="demo", project="demo"):
        """As an API process knows a user: ids, roles and a valid token."""
        body = {
            "auth": {
                "identity": {
                    "methods": ["password"],
                    "password": {
                        "user": {
                            "name": user,
                            "domain": {"id": "default"},
                            "password": PASSWORD,
                        }
                    },
                },
                "scope": {"project": {"name": project, "domain": {"id": "default"}}},
            }
        }
        answer = self.transport().post(f"{URLS['identity']}/auth/tokens", json=body)
        token = answer.json()["token"]
        roles = tuple(role["name"] for role in token["roles"])
        return RequestContext(
            user_id=token["user"]["id"],
            project_id=token["project"]["id"],
            auth_token=answer.headers["X-Subject-Token"],
            roles=roles,
            is_admin="admin" in roles,
            service_catalog=tuple(token["catalog"]),
        )


@cache
def shared_identity():
    services = tuple(SeedService(kind, kind, url) for kind, url in URLS.items())
    seed = Seed(users=default_users(PASSWORD), services=services)
    return build_identity(seed, RealClock())


@cache
def empty_placement():
    """The bytes of a database with the schema and the standard names only."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "placement.sqlite"
        database = Database(f"sqlite:///{path}", clock=RealClock())
        sync(database)
        database.dispose()
        return path.read_bytes()


def _placement(path, clock):
    conf = placement_conf.new_config()
    conf([], default_config_files=[])
    conf.set_override("auth_strategy", "noauth2", group="api")
    return build_placement(conf, database=Database(f"sqlite:///{path}", clock=clock))


def _conf(directory):
    path = directory / "nova.conf"
    text = textwrap.dedent(
        f"""
        [neutron]
        {{login}}
        [keystone]
        {{login}}
        [service_user]
        send_service_user_token = True
        {{login}}
        [placement]
        auth_type = admin_token
        endpoint = {URLS["placement"]}
        token = admin:service
        """
    )
    path.write_text(text.format(login=LOGIN))
    conf = nova_conf.new_config()
    conf([], default_config_files=[str(path)])
    return conf
