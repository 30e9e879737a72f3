"""Every microversion of the compute API: its name in this code, and what it brought.

This table is the only place where a version is written as a number.  Elsewhere
a version is asked for by name: `since=LOCKED_SHOWN`, `call.has(ASYNC_CHECKS)`.
"""

from typing import NamedTuple


class Microversion(NamedTuple):
    """A version of the API; compares like the number it is."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @classmethod
    def parse(cls, text: str) -> "Microversion":
        """ValueError unless `text` is MAJOR.MINOR in plain digits, without leading zeros."""
        major, dot, minor = text.partition(".")
        if not (dot and _plain_number(major) and _plain_number(minor)):
            raise ValueError(text)
        return cls(int(major), int(minor))


def _plain_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")


# Base version, same content as the older v2 API but with strict input validation;
# default when no version header is sent
BASE = Microversion(2, 1)
# os-keypairs: type field (ssh default, or x509) in request and response; create returns
# 201 (was 200), delete returns 204 (was 202)
KEYPAIR_TYPES = Microversion(2, 2)
# Server details gain OS-EXT-SRV-ATTR: reservation_id, launch_index, ramdisk_id,
# kernel_id, hostname, root_device_name, user_data; os-extended-volumes entries gain
# delete_on_termination
EXTENDED_ATTRIBUTES = Microversion(2, 3)
# os-fixed-ips show gains reserved flag (API itself removed later, answers 410)
FIXED_IP_RESERVED = Microversion(2, 4)
# Server list: ip6 filter allowed for non-admin users
IP6_FILTER = Microversion(2, 5)
# New POST /servers/{id}/remote-consoles; server actions os-getVNCConsole, os-
# getSPICEConsole, os-getSerialConsole, os-getRDPConsole gone
REMOTE_CONSOLES = Microversion(2, 6)
# addTenantAccess on a public flavor is refused with 409
PUBLIC_FLAVOR_ACCESS_REFUSED = Microversion(2, 7)
# remote-consoles: protocol mks with type webmks
MKS_CONSOLE = Microversion(2, 8)
# Server details, update and rebuild responses gain locked boolean
LOCKED_SHOWN = Microversion(2, 9)
# os-keypairs: user_id in create body and as query parameter on list, show, delete so
# admins can act for other users
KEYPAIRS_OF_USERS = Microversion(2, 10)
# os-services: forced_down field in list; new PUT /os-services/force-down
FORCE_DOWN = Microversion(2, 11)
# os-virtual-interfaces list gains net_id (API itself removed later, answers 410)
VIF_NET_ID = Microversion(2, 12)
# Server group responses gain project_id and user_id
GROUP_OWNER = Microversion(2, 13)
# evacuate: onSharedStorage dropped from body; adminPass dropped from response
EVACUATE_WITHOUT_PASSWORD = Microversion(2, 14)
# Server groups accept soft-affinity and soft-anti-affinity policies
SOFT_GROUP_POLICIES = Microversion(2, 15)
# Server details gain host_status (policy controlled)
HOST_STATUS = Microversion(2, 16)
# New server action trigger_crash_dump
CRASH_DUMP = Microversion(2, 17)
# URLs without a project id segment are accepted
OPTIONAL_PROJECT_ID = Microversion(2, 18)
# Server description: settable on create, update, rebuild; returned in details
DESCRIPTION = Microversion(2, 19)
# Volume attach and detach allowed for shelved and shelved_offloaded servers
SHELVED_VOLUME_ATTACH = Microversion(2, 20)
# os-instance-actions readable for deleted servers
ACTIONS_OF_DELETED = Microversion(2, 21)
# New POST /servers/{id}/migrations/{id}/action with force_complete for a running live
# migration
FORCE_COMPLETE = Microversion(2, 22)
# New GET list and show for /servers/{id}/migrations; os-migrations gains migration_type
# and, for running live migrations, links
SERVER_MIGRATIONS = Microversion(2, 23)
# New DELETE /servers/{id}/migrations/{id} to abort a running live migration
ABORT_MIGRATION = Microversion(2, 24)
# os-migrateLive: block_migration accepts auto; disk_over_commit removed
BLOCK_MIGRATION_AUTO = Microversion(2, 25)
# Server tags: new /servers/{id}/tags sub-resource, tags in details, list filters tags,
# tags-any, not-tags, not-tags-any
SERVER_TAGS = Microversion(2, 26)
# Header form OpenStack-API-Version: compute X.Y accepted beside X-OpenStack-Nova-API-
# Version
VERSION_HEADER = Microversion(2, 27)
# Hypervisor cpu_info becomes a JSON object (was a string)
CPU_INFO_OBJECT = Microversion(2, 28)
# evacuate: optional force flag; requested host is checked by the scheduler unless
# forced
EVACUATE_CHECKED = Microversion(2, 29)
# os-migrateLive: optional force flag; requested host is checked by the scheduler unless
# forced
MIGRATE_CHECKED = Microversion(2, 30)
# os-console-auth-tokens answers for every console type, not RDP only
ALL_CONSOLE_TOKENS = Microversion(2, 31)
# Server create: optional tag on networks items and block_device_mapping_v2 items
DEVICE_TAGS = Microversion(2, 32)
# os-hypervisors lists accept limit and marker and return hypervisors_links; tag
# accidentally lost from block_device_mapping_v2
HYPERVISOR_PAGES = Microversion(2, 33)
# os-migrateLive pre-checks run asynchronously, failures no longer give 400
ASYNC_CHECKS = Microversion(2, 34)
# os-keypairs list accepts limit and marker, sorted by name, returns keypairs_links
KEYPAIR_PAGES = Microversion(2, 35)
# Proxy APIs answer 404: images, os-networks, os-tenant-networks, os-fixed-ips, os-
# floating-ip*, os-security-groups, os-security-group-rules, os-security-group-default-
# rules, os-volumes, os-snapshots, os-baremetal-nodes, os-fping; network quotas and
# limits removed
PROXIES_GONE = Microversion(2, 36)
# Server create: networks required; may be the strings auto or none; network uuid must
# be a UUID; tag accidentally lost from networks items
AUTO_NETWORKS = Microversion(2, 37)
# Server list with unknown status value gives 400
STATUS_CHECKED = Microversion(2, 38)
# Image metadata proxy answers 404; createImage and createBackup no longer check
# metadata quota; maxImageMeta removed from limits
IMAGE_METADATA_GONE = Microversion(2, 39)
# os-simple-tenant-usage accepts limit and marker and returns next links
USAGE_PAGES = Microversion(2, 40)
# Aggregate responses gain uuid
AGGREGATE_UUID = Microversion(2, 41)
# Server create: tag accepted again on networks and block_device_mapping_v2 items
DEVICE_TAGS_AGAIN = Microversion(2, 42)
# os-hosts answers 404
HOSTS_GONE = Microversion(2, 43)
# Server actions addFixedIp, removeFixedIp, addFloatingIp, removeFloatingIp and os-
# virtual-interfaces answer 404
NETWORK_ACTIONS_GONE = Microversion(2, 44)
# createImage and createBackup return body {image_id} in place of a Location header
IMAGE_ID_BODY = Microversion(2, 45)
# X-OpenStack-Request-ID response header announced beside X-Compute-Request-ID (header
# itself is always sent)
REQUEST_ID_HEADER = Microversion(2, 46)
# Embedded server flavor becomes an object: vcpus, ram, disk, ephemeral, swap,
# original_name, and extra_specs when policy allows; id and links dropped
EMBEDDED_FLAVOR = Microversion(2, 47)
# Server diagnostics get a fixed driver-neutral layout
DIAGNOSTICS_LAYOUT = Microversion(2, 48)
# Optional tag on os-interface attach and os-volume_attachments attach
ATTACH_TAGS = Microversion(2, 49)
# os-quota-class-sets gains server_groups and server_group_members and drops network
# quotas
QUOTA_CLASS_GROUPS = Microversion(2, 50)
# External event volume-extended added; instance action show returns events to non-
# admins without traceback
VOLUME_EXTENDED_EVENT = Microversion(2, 51)
# Server create accepts tags list
TAGS_AT_CREATE = Microversion(2, 52)
# os-services and os-hypervisors use UUID ids; PUT /os-services/{uuid} takes status,
# disabled_reason, forced_down; hypervisor search and servers sub-paths replaced by
# hypervisor_hostname_pattern and with_servers query parameters
SERVICE_UUIDS = Microversion(2, 53)
# rebuild accepts key_name (null unsets)
REBUILD_KEYPAIR = Microversion(2, 54)
# Flavor description on create, list, show; new PUT /flavors/{id} to change it
FLAVOR_DESCRIPTION = Microversion(2, 55)
# migrate accepts optional host, validated by the scheduler
MIGRATE_TO_HOST = Microversion(2, 56)
# personality removed from create and rebuild; user_data accepted by rebuild; injected
# file limits and quotas removed
PERSONALITY_GONE = Microversion(2, 57)
# os-instance-actions list: limit, marker, changes-since; actions gain updated_at
ACTION_PAGES = Microversion(2, 58)
# os-migrations list: limit, marker, changes-since, no unknown parameters; uuid added to
# migration responses
MIGRATION_PAGES = Microversion(2, 59)
# Multiattach volumes may be attached to several servers
MULTIATTACH = Microversion(2, 60)
# Flavor responses (create, show, detail, update) gain extra_specs when policy allows
FLAVOR_EXTRA_SPECS = Microversion(2, 61)
# Instance action events gain hostId, and host when policy allows
EVENT_HOSTS = Microversion(2, 62)
# trusted_image_certificates (up to 50 ids) on create and rebuild, shown in server
# details
TRUSTED_CERTIFICATES = Microversion(2, 63)
# Server groups: single policy plus rules (max_server_per_host for anti-affinity)
# replace policies and metadata
GROUP_RULES = Microversion(2, 64)
# Live migration abort allowed in queued and preparing status
EARLY_ABORT = Microversion(2, 65)
# changes-before filter on servers, instance actions and migrations lists
CHANGES_BEFORE = Microversion(2, 66)
# block_device_mapping_v2 accepts volume_type on server create
VOLUME_TYPES = Microversion(2, 67)
# force removed from os-migrateLive and evacuate
UNFORCED_MOVES = Microversion(2, 68)
# Unreachable cells: servers list, detail, show and os-services return partial records
# with status UNKNOWN instead of omitting them
CELLS_DOWN = Microversion(2, 69)
# tag shown in os-interface and os-volume_attachments responses
ATTACHED_TAGS = Microversion(2, 70)
# server_groups shown in server show, update and rebuild responses
GROUPS_SHOWN = Microversion(2, 71)
# Server create accepts ports that carry resource requests (QoS minimum bandwidth)
PORT_RESOURCES = Microversion(2, 72)
# lock accepts locked_reason; locked_reason shown in details; locked usable as list
# filter and sort key
LOCK_REASON = Microversion(2, 73)
# Server create accepts host and hypervisor_hostname (policy controlled), exclusive with
# zone:host:node
REQUESTED_HOST = Microversion(2, 74)
# Unknown query or body parameters give 400; server show, update and rebuild responses
# aligned; flavor swap is 0 not empty string; hypervisor servers list always present
STRICT_PARAMETERS = Microversion(2, 75)
# External event power-update added
POWER_UPDATE_EVENT = Microversion(2, 76)
# unshelve accepts availability_zone for offloaded servers
UNSHELVE_TO_ZONE = Microversion(2, 77)
# New GET /servers/{id}/topology
TOPOLOGY = Microversion(2, 78)
# os-volume_attachments: delete_on_termination in attach request and in responses
DELETE_ON_TERMINATION = Microversion(2, 79)
# Migrations gain user_id and project_id; os-migrations filters by them
MIGRATION_OWNER = Microversion(2, 80)
# New POST /os-aggregates/{id}/images to pre-cache images
IMAGE_PRECACHE = Microversion(2, 81)
# External event accelerator-request-bound added
ACCELERATOR_EVENT = Microversion(2, 82)
# More server list filters open to non-admin users: availability_zone, config_drive,
# key_name, created_at, launched_at, terminated_at, power_state, task_state, vm_state,
# progress, user_id
MORE_FILTERS = Microversion(2, 83)
# Instance action events gain details (fault text)
EVENT_DETAILS = Microversion(2, 84)
# PUT os-volume_attachments/{id} may change delete_on_termination
CHANGE_DELETE_ON_TERMINATION = Microversion(2, 85)
# Flavor extra specs in known namespaces are validated on create and update
EXTRA_SPECS_VALIDATED = Microversion(2, 86)
# Volume-backed servers may be rescued when the host supports it
RESCUE_VOLUME_BACKED = Microversion(2, 87)
# Hypervisor capacity fields removed and uptime added to hypervisor details; statistics
# and uptime sub-paths answer 404
HYPERVISOR_UPTIME = Microversion(2, 88)
# os-volume_attachments list and show gain attachment_id and bdm_uuid, lose id
ATTACHMENT_IDS = Microversion(2, 89)
# hostname accepted on create, update, rebuild; OS-EXT-SRV-ATTR:hostname visible to
# everyone
HOSTNAME = Microversion(2, 90)
# unshelve accepts host (admin) and availability_zone null to unpin
UNSHELVE_TO_HOST = Microversion(2, 91)
# Keypair create requires public_key (no generation); @ and . allowed in names
KEYPAIR_IMPORT_ONLY = Microversion(2, 92)
# rebuild may change the image of a volume-backed server; external event volume-reimaged
# added
REIMAGE_VOLUME = Microversion(2, 93)
# hostname may be a fully qualified domain name
HOSTNAME_FQDN = Microversion(2, 94)
# evacuate always leaves the server stopped on the destination
EVACUATE_STOPPED = Microversion(2, 95)
# pinned_availability_zone shown in server details, update and rebuild responses
PINNED_ZONE = Microversion(2, 96)
# New /servers/{id}/shares sub-resource for file share attachments
SHARES = Microversion(2, 97)
# Server image object gains properties in details, update and rebuild responses
IMAGE_PROPERTIES = Microversion(2, 98)
# Console type spice-direct added; os-console-auth-tokens gains tls_port and rejects
# unknown query parameters
SPICE_DIRECT = Microversion(2, 99)
# scheduler_hints shown in server details, update and rebuild responses
HINTS_SHOWN = Microversion(2, 100)
# Volume attach answers 202 with empty body (was 200 with volumeAttachment)
ASYNC_VOLUME_ATTACH = Microversion(2, 101)
# Flavor list gains name filter; rxtx_factor and OS-FLV-DISABLED:disabled removed from
# flavors; every API rejects unknown query parameters
STRICT_QUERIES = Microversion(2, 102)
# os-volumes_boot alias answers 404
VOLUMES_BOOT_GONE = Microversion(2, 103)
# PUT /servers/{id} accepts pinned_availability_zone to unpin (null) or re-pin to the
# current zone
UNPIN_ZONE = Microversion(2, 104)

# What requests through /v2 are checked as: like BASE, but names may be padded with blanks
# and keys nobody knows are dropped.  It is never negotiated.
LEGACY = Microversion(2, 0)

OLDEST = BASE
NEWEST = UNPIN_ZONE
ALL = tuple(Microversion(BASE.major, minor) for minor in range(BASE.minor, NEWEST.minor + 1))
