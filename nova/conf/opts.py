"""The list of all options."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from oslo_config import cfg
from oslo_log import log

from nova.conf import (
    api,
    cinder,
    compute,
    conductor,
    console,
    consoleauth,
    database,
    devices,
    dynamic,
    ephemeral_storage_encryption,
    filter_scheduler,
    glance,
    guestfs,
    image_cache,
    ironic,
    journal,
    key_manager,
    keystoneauth,
    machine,
    manila,
    metrics,
    mks,
    monitoring,
    neutron,
    neutron_tunnel,
    notifications,
    pci,
    quota,
    scheduler,
    scheduling,
    serial_console,
    service_user,
    spice,
    upgrade_levels,
    vnc,
    workarounds,
    wsgi,
)
from nova.conf.default import (
    building,
    capacity,
    disks,
    identity,
    listen,
    paths,
    proxies,
    service,
    upkeep,
    zones,
)
from nova.conf.libvirt import disks as libvirt_disks
from nova.conf.libvirt import guest as libvirt_guest
from nova.conf.libvirt import host as libvirt_host
from nova.conf.libvirt import migration as libvirt_migration
from nova.conf.libvirt import volumes as libvirt_volumes
from nova.conf.section import Section

SECTIONS: tuple[Section, ...] = (
    building.SECTION,
    capacity.SECTION,
    disks.SECTION,
    identity.SECTION,
    listen.SECTION,
    paths.SECTION,
    proxies.SECTION,
    service.SECTION,
    upkeep.SECTION,
    zones.SECTION,
    api.SECTION,
    cinder.SECTION,
    compute.SECTION,
    conductor.SECTION,
    console.SECTION,
    consoleauth.SECTION,
    devices.SECTION,
    ephemeral_storage_encryption.SECTION,
    filter_scheduler.SECTION,
    glance.SECTION,
    guestfs.SECTION,
    image_cache.SECTION,
    ironic.SECTION,
    journal.SECTION,
    monitoring.SECTION,
    key_manager.SECTION,
    libvirt_disks.SECTION,
    libvirt_guest.SECTION,
    libvirt_host.SECTION,
    libvirt_migration.SECTION,
    libvirt_volumes.SECTION,
    manila.SECTION,
    metrics.SECTION,
    mks.SECTION,
    neutron.SECTION,
    neutron_tunnel.SECTION,
    notifications.SECTION,
    pci.SECTION,
    quota.SECTION,
    scheduler.SECTION,
    scheduling.SECTION,
    serial_console.SECTION,
    service_user.SECTION,
    spice.SECTION,
    upgrade_levels.SECTION,
    vnc.SECTION,
    workarounds.SECTION,
    wsgi.SECTION,
)


def register_own(
    conf: cfg.ConfigOpts, arguments: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Register everything that needs no HTTP or messaging library.

    `arguments`: names of options, by group, that are also command line arguments.
    """
    log.register_options(conf)
    for section in (*SECTIONS, *database.sections()):
        section.register(conf, (arguments or {}).get(section.name, ()))
    machine.set_defaults(conf)


def new_config() -> cfg.ConfigOpts:
    """All options with their defaults; no file and no argument is read."""
    conf = cfg.ConfigOpts()
    register_own(conf)
    keystoneauth.register(conf)
    conf([], project="nova", default_config_files=[], default_config_dirs=[])
    return conf


def own_options() -> dict[str, list[cfg.Opt]]:
    """Every option `load` registers before it has seen a value, by group."""
    found: dict[str, list[cfg.Opt]] = defaultdict(list)
    for section in (*SECTIONS, *database.sections()):
        found[section.name].extend(section.options)
    for login in keystoneauth.LOGINS:
        found[login.group].extend(keystoneauth.options(login))
    return found


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Options by group, for oslo-config-generator and oslo-config-validator."""
    found = own_options()
    del found["database"]  # oslo.db shows it under its own name
    for section in (dynamic.physnet_section("<PHYSNET>"), dynamic.mdev_section("<TYPE>"),
                    dynamic.policy_section("<NAME>")):
        found[section.name].extend(section.options)
    for login in keystoneauth.LOGINS:
        found[login.group].extend(keystoneauth.sample_plugin_options(login))
    return sorted(found.items())
