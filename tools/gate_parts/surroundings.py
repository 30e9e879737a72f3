"""Keystone, Glance, Neutron and Cinder: their files, databases and processes."""

from pathlib import Path

from tools.daemons import ini
from tools.gate_parts.layout import LOOPBACK, Layout
from tools.gate_parts.service import Process, Service, files, program, uwsgi

HELPER = Path("/sbin/mount.nfs")
MARK = "# of the gate"


def keystone(layout: Layout) -> Service:
    home = layout.etc / "keystone"
    conf = home / "keystone.conf"
    manage = (program(layout, "keystone-manage"), *files(conf))
    root = ("--keystone-user", "root", "--keystone-group", "root")
    url = layout.url("identity", "/v3")

    def write() -> None:
        ini.write(conf, {
            "database": {"connection": database(layout, "keystone")},
            # Accounts of tests come and go by the hundred.
            "identity": {"password_hash_rounds": 4},
            "token": {"provider": "fernet", "expiration": 86400},
            "fernet_tokens": {"key_repository": home / "fernet-keys"},
            "credential": {"key_repository": home / "credential-keys"},
            "cache": {
                "enabled": True,
                "backend": "dogpile.cache.pymemcache",
                "memcache_servers": f"{LOOPBACK}:{layout.ports['memcached']}",
            },
        })

    return Service(
        "keystone", ("keystone",), write,
        (
            (*manage, "db_sync"),
            (*manage, "fernet_setup", *root),
            (*manage, "credential_setup", *root),
            (*manage, "bootstrap", "--bootstrap-password", layout.password,
             "--bootstrap-region-id", "RegionOne", "--bootstrap-public-url", url,
             "--bootstrap-internal-url", url, "--bootstrap-admin-url", url),
        ),
        (Process(
            "keystone", uwsgi(layout, "keystone", "identity", "keystone.wsgi.api:application"),
            url, {"OS_KEYSTONE_CONFIG_DIR": str(home)},
        ),),
    )


def glance(layout: Layout) -> Service:
    conf = layout.etc / "glance" / "glance-api.conf"
    store = layout.state / "glance"

    def write() -> None:
        for name in ("images", "staging", "tasks"):
            (store / name).mkdir(parents=True, exist_ok=True)
        ini.write(conf, {
            "DEFAULT": {
                "bind_host": LOOPBACK, "bind_port": layout.ports["image"], "workers": 1,
                "enabled_backends": "file:file",
                "worker_self_reference_url": layout.url("image"),
            },
            "database": {"connection": database(layout, "glance")},
            "paste_deploy": {
                "flavor": "keystone",
                "config_file": shipped(layout, "glance/glance-api-paste.ini"),
            },
            "glance_store": {"default_backend": "file"},
            "file": {"filesystem_store_datadir": store / "images"},
            "os_glance_staging_store": {"filesystem_store_datadir": store / "staging"},
            "os_glance_tasks_store": {"filesystem_store_datadir": store / "tasks"},
            "keystone_authtoken": layout.authtoken("glance"),
        })

    return Service(
        "glance", ("glance",), write,
        ((program(layout, "glance-manage"), *files(conf), "db_sync"),),
        (Process("glance-api", (program(layout, "glance-api"), *files(conf)),
                 layout.url("image", "/")),),
    )


def neutron(layout: Layout) -> Service:
    home = layout.etc / "neutron"
    conf, plugin, agent = home / "neutron.conf", home / "ml2.conf", home / "metadata.conf"
    north, south = (f"tcp:{LOOPBACK}:{layout.ports[half]}" for half in ("ovn_north", "ovn_south"))
    switch = f"tcp:{LOOPBACK}:{layout.ports['ovsdb']}"
    unlimited = ("network", "subnet", "port", "security_group", "security_group_rule", "router",
                 "floatingip")

    def write() -> None:
        ini.write(conf, {
            "DEFAULT": {
                "bind_host": LOOPBACK, "bind_port": layout.ports["network"],
                "core_plugin": "ml2", "service_plugins": "ovn-router",
                "transport_url": layout.rabbitmq.url(),
                "api_workers": 1, "rpc_workers": 0, "metadata_workers": 0,
                "api_paste_config": shipped(layout, "neutron/api-paste.ini"),
                "state_path": layout.state / "neutron",
                "notify_nova_on_port_status_changes": True,
                "notify_nova_on_port_data_changes": True,
                "send_events_interval": 1,
                # A machine that sleeps or is slow is not a network that is down.
                "agent_down_time": 2_000_000,
                "dns_domain": "gate.",
            },
            "agent": {"root_helper": ""},
            "database": {"connection": database(layout, "neutron")},
            "oslo_concurrency": {"lock_path": layout.state / "lock"},
            "quotas": {f"quota_{name}": -1 for name in unlimited},
            "keystone_authtoken": layout.authtoken("neutron"),
            "nova": layout.login("nova"),
            "placement": layout.login("placement"),
        })
        ini.write(plugin, {
            "ml2": {
                "mechanism_drivers": "ovn", "type_drivers": "flat,vlan,geneve",
                "tenant_network_types": "geneve", "extension_drivers": "port_security",
            },
            "ml2_type_geneve": {"vni_ranges": "1:65536", "max_header_size": 38},
            "ml2_type_flat": {"flat_networks": "public"},
            "securitygroup": {"enable_security_group": True},
            "ovn": {
                "ovn_nb_connection": north, "ovn_sb_connection": south,
                "ovn_metadata_enabled": True, "ovn_l3_scheduler": "leastloaded",
                "ovsdb_probe_interval": 60000,
            },
            "ovs": {"ovsdb_connection": switch},
        })
        ini.write(agent, {
            "DEFAULT": {
                "nova_metadata_host": LOOPBACK, "nova_metadata_port": layout.ports["metadata"],
                "metadata_proxy_shared_secret": layout.password, "metadata_workers": 1,
                "state_path": layout.state / "neutron",
            },
            "agent": {"root_helper": "", "root_helper_daemon": ""},
            "ovs": {"ovsdb_connection": switch},
            "ovn": {"ovn_nb_connection": north, "ovn_sb_connection": south},
        })

    return Service(
        "neutron", ("neutron",), write,
        ((program(layout, "neutron-db-manage"), *files(conf, plugin), "upgrade", "heads"),),
        (
            Process("neutron-server", (program(layout, "neutron-server"), *files(conf, plugin)),
                    layout.url("network", "/")),
            Process("neutron-ovn-metadata-agent",
                    (program(layout, "neutron-ovn-metadata-agent"), *files(conf, agent))),
        ),
    )


def cinder(layout: Layout) -> Service:
    """Volumes are files in a directory that is mounted, as those of an NFS server are."""
    home = layout.etc / "cinder"
    conf = home / "cinder.conf"
    state = layout.state / "cinder"

    def write() -> None:
        for name in ("mnt", "conv"):
            (state / name).mkdir(parents=True, exist_ok=True)
        export = layout.state / "nfs-export"
        export.mkdir(exist_ok=True)
        _mount_helper(export)
        home.mkdir(parents=True, exist_ok=True)
        (home / "shares").write_text(f"{LOOPBACK}:/volumes\n")
        (home / "rootwrap.conf").write_text(
            "[DEFAULT]\n"
            f"filters_path={shipped(layout, 'cinder/rootwrap.d')},"
            f"{shipped(layout, 'os-brick/rootwrap.d')}\n"
            f"exec_dirs={layout.services}/bin,/sbin,/usr/sbin,/bin,/usr/bin\n"
        )
        ini.write(conf, {
            "DEFAULT": {
                "osapi_volume_listen": LOOPBACK, "osapi_volume_workers": 1, "my_ip": LOOPBACK,
                "transport_url": layout.rabbitmq.url(), "auth_strategy": "keystone",
                "state_path": state, "image_conversion_dir": state / "conv",
                "api_paste_config": shipped(layout, "cinder/api-paste.ini"),
                "resource_query_filters_file": shipped(layout, "cinder/resource_filters.json"),
                "rootwrap_config": home / "rootwrap.conf",
                "glance_api_servers": layout.url("image"),
                "enabled_backends": "nfs", "default_volume_type": "nfs",
                "quota_volumes": -1, "quota_snapshots": -1, "quota_gigabytes": -1,
                "volume_clear": "none",
            },
            "database": {"connection": database(layout, "cinder")},
            "oslo_concurrency": {"lock_path": layout.state / "lock"},
            "nfs": {
                "volume_driver": "cinder.volume.drivers.nfs.NfsDriver",
                "volume_backend_name": "nfs", "nfs_shares_config": home / "shares",
                "nfs_mount_point_base": state / "mnt", "nfs_snapshot_support": True,
                "nas_secure_file_operations": False, "nas_secure_file_permissions": False,
                "nfs_qcow2_volumes": False, "nfs_sparsed_volumes": True,
            },
            "service_user": layout.login("cinder") | {"send_service_user_token": True},
            "keystone_authtoken": layout.authtoken("cinder"),
            "nova": layout.login("cinder") | {"interface": "internal"},
        })

    api = uwsgi(layout, "cinder-api", "volume", "cinder.wsgi.api:application", *files(conf))
    return Service(
        "cinder", ("cinder",), write,
        ((program(layout, "cinder-manage"), *files(conf), "db", "sync"),),
        (
            Process("cinder-api", api, layout.url("volume", "/")),
            Process("cinder-scheduler", (program(layout, "cinder-scheduler"), *files(conf))),
            Process("cinder-volume", (program(layout, "cinder-volume"), *files(conf))),
        ),
    )


def database(layout: Layout, name: str) -> str:
    return layout.mariadb.url(name) + "?charset=utf8mb4"


def shipped(layout: Layout, name: str) -> Path:
    """A file that a service brings along."""
    return layout.services / "etc" / name


def _mount_helper(export: Path) -> None:
    """Where the kernel can mount no NFS, a directory of this machine takes its place."""
    if HELPER.exists() and not _has(MARK):
        return
    HELPER.write_text(f'#!/bin/sh\n{MARK}\nexec mount --bind "{export}" "$2"\n')
    HELPER.chmod(0o755)


def forget_mounts(layout: Layout) -> None:
    if HELPER.exists() and _has(f"{MARK}\nexec mount --bind \"{layout.state}/"):
        HELPER.unlink()


def _has(words: str) -> bool:
    return words in HELPER.read_bytes().decode(errors="replace")
