"""Servers and what belongs to them."""

import sqlalchemy as sa

from nova.db.history import (
    ADDRESS,
    BIG_KEY,
    LONG_TEXT,
    NAME,
    UUID,
    create,
    key,
    soft_delete,
    timestamps,
)

revision = "4b1d7c0e9a21"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _instances()
    _parts()
    _devices()
    _actions()
    _moves()


def _instances() -> None:
    create(
        "instances",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("user_id", NAME),
        sa.Column("project_id", NAME),
        sa.Column("image_ref", NAME),
        sa.Column("kernel_id", NAME),
        sa.Column("ramdisk_id", NAME),
        sa.Column("hostname", NAME),
        sa.Column("launch_index", sa.Integer),
        sa.Column("key_name", NAME),
        sa.Column("key_data", LONG_TEXT),
        sa.Column("power_state", sa.Integer),
        sa.Column("vm_state", NAME),
        sa.Column("task_state", NAME),
        sa.Column("memory_mb", sa.Integer),
        sa.Column("vcpus", sa.Integer),
        sa.Column("root_gb", sa.Integer),
        sa.Column("ephemeral_gb", sa.Integer),
        sa.Column("ephemeral_key_uuid", UUID),
        sa.Column("host", NAME),
        sa.Column("node", NAME),
        sa.Column("compute_id", sa.BigInteger),
        sa.Column("instance_type_id", sa.Integer),
        sa.Column("user_data", LONG_TEXT),
        sa.Column("reservation_id", NAME),
        sa.Column("launched_at", sa.DateTime),
        sa.Column("terminated_at", sa.DateTime),
        sa.Column("availability_zone", NAME),
        sa.Column("display_name", NAME),
        sa.Column("display_description", NAME),
        sa.Column("launched_on", LONG_TEXT),
        sa.Column("locked", sa.Boolean),
        sa.Column("locked_by", sa.Enum("owner", "admin", name="instances0locked_by")),
        sa.Column("os_type", NAME),
        sa.Column("architecture", NAME),
        sa.Column("vm_mode", NAME),
        sa.Column("uuid", UUID, nullable=False),
        sa.Column("root_device_name", NAME),
        sa.Column("default_ephemeral_device", NAME),
        sa.Column("default_swap_device", NAME),
        sa.Column("config_drive", NAME),
        sa.Column("access_ip_v4", ADDRESS),
        sa.Column("access_ip_v6", ADDRESS),
        sa.Column("auto_disk_config", sa.Boolean),
        sa.Column("progress", sa.Integer),
        sa.Column("shutdown_terminate", sa.Boolean),
        sa.Column("disable_terminate", sa.Boolean),
        sa.Column("cell_name", NAME),
        sa.Column("cleaned", sa.Integer),
        sa.Column("hidden", sa.Boolean),
        sa.Column("internal_id", sa.Integer),
        sa.UniqueConstraint("uuid", name="uniq_instances0uuid"),
        indexes=[
            ("instances_compute_id_deleted_idx", ["compute_id", "deleted"], False),
            ("instances_deleted_created_at_idx", ["deleted", "created_at"], False),
            ("instances_host_deleted_cleaned_idx", ["host", "deleted", "cleaned"], False),
            ("instances_host_node_deleted_idx", ["host", "node", "deleted"], False),
            ("instances_project_id_deleted_idx", ["project_id", "deleted"], False),
            ("instances_project_id_idx", ["project_id"], False),
            ("instances_reservation_id_idx", ["reservation_id"], False),
            ("instances_task_state_updated_at_idx", ["task_state", "updated_at"], False),
            ("instances_terminated_at_launched_at_idx", ["terminated_at", "launched_at"], False),
            ("instances_updated_at_project_id_idx", ["updated_at", "project_id"], False),
            ("instances_uuid_deleted_idx", ["uuid", "deleted"], False),
        ],
        shadow=True,
    )


def _parts() -> None:
    create(
        "instance_extra",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("instance_uuid", UUID, sa.ForeignKey("instances.uuid"), nullable=False),
        sa.Column("device_metadata", sa.Text),
        sa.Column("numa_topology", sa.Text),
        sa.Column("pci_requests", sa.Text),
        sa.Column("flavor", sa.Text),
        sa.Column("vcpu_model", sa.Text),
        sa.Column("migration_context", sa.Text),
        sa.Column("keypairs", sa.Text),
        sa.Column("trusted_certs", sa.Text),
        sa.Column("resources", sa.Text),
        sa.Column("vpmems", sa.Text),
        indexes=[
            ("instance_extra_idx", ["instance_uuid"], False),
        ],
        shadow=True,
    )
    create(
        "instance_info_caches",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("network_info", LONG_TEXT),
        sa.Column("instance_uuid", UUID, sa.ForeignKey("instances.uuid"), nullable=False),
        sa.UniqueConstraint("instance_uuid", name="uniq_instance_info_caches0instance_uuid"),
        shadow=True,
    )
    create(
        "instance_metadata",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("key", NAME),
        sa.Column("value", NAME),
        sa.Column("instance_uuid", UUID, sa.ForeignKey("instances.uuid")),
        indexes=[
            ("instance_metadata_instance_uuid_idx", ["instance_uuid"], False),
        ],
        shadow=True,
    )
    create(
        "instance_system_metadata",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("key", NAME, nullable=False),
        sa.Column("value", NAME),
        sa.Column("instance_uuid", UUID, sa.ForeignKey("instances.uuid"), nullable=False),
        indexes=[
            ("instance_uuid", ["instance_uuid"], False),
        ],
        shadow=True,
    )
    create(
        "tags",
        sa.Column("resource_id", UUID, primary_key=True),
        sa.Column("tag", sa.String(80), primary_key=True),
        indexes=[
            ("tags_tag_idx", ["tag"], False),
        ],
    )
    create(
        "instance_faults",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("instance_uuid", UUID, sa.ForeignKey("instances.uuid")),
        sa.Column("code", sa.Integer, nullable=False),
        sa.Column("message", NAME),
        sa.Column("details", LONG_TEXT),
        sa.Column("host", NAME),
        indexes=[
            ("instance_faults_host_idx", ["host"], False),
            (
                "instance_faults_instance_uuid_deleted_created_at_idx",
                ["instance_uuid", "deleted", "created_at"],
                False,
            ),
        ],
        shadow=True,
    )


def _devices() -> None:
    create(
        "block_device_mapping",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("instance_uuid", UUID, sa.ForeignKey("instances.uuid")),
        sa.Column("uuid", UUID),
        sa.Column("source_type", NAME),
        sa.Column("destination_type", NAME),
        sa.Column("guest_format", NAME),
        sa.Column("device_type", NAME),
        sa.Column("disk_bus", NAME),
        sa.Column("boot_index", sa.Integer),
        sa.Column("device_name", NAME),
        sa.Column("delete_on_termination", sa.Boolean),
        sa.Column("snapshot_id", UUID),
        sa.Column("volume_id", UUID),
        sa.Column("volume_size", sa.Integer),
        sa.Column("volume_type", NAME),
        sa.Column("image_id", UUID),
        sa.Column("no_device", sa.Boolean),
        sa.Column("connection_info", LONG_TEXT),
        sa.Column("tag", NAME),
        sa.Column("attachment_id", UUID),
        sa.Column("encrypted", sa.Boolean),
        sa.Column("encryption_secret_uuid", UUID),
        sa.Column("encryption_format", sa.String(128)),
        sa.Column("encryption_options", sa.String(4096)),
        sa.UniqueConstraint("uuid", name="uniq_block_device_mapping0uuid"),
        indexes=[
            (
                "block_device_mapping_instance_uuid_device_name_idx",
                ["instance_uuid", "device_name"],
                False,
            ),
            ("block_device_mapping_instance_uuid_idx", ["instance_uuid"], False),
            (
                "block_device_mapping_instance_uuid_volume_id_idx",
                ["instance_uuid", "volume_id"],
                False,
            ),
            ("snapshot_id", ["snapshot_id"], False),
            ("volume_id", ["volume_id"], False),
        ],
        shadow=True,
    )
    create(
        "virtual_interfaces",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("address", NAME),
        sa.Column("network_id", sa.Integer),
        sa.Column("instance_uuid", UUID, sa.ForeignKey("instances.uuid")),
        sa.Column("uuid", UUID),
        sa.Column("tag", NAME),
        sa.UniqueConstraint("address", "deleted", name="uniq_virtual_interfaces0address0deleted"),
        indexes=[
            ("virtual_interfaces_instance_uuid_fkey", ["instance_uuid"], False),
            ("virtual_interfaces_network_id_idx", ["network_id"], False),
            ("virtual_interfaces_uuid_idx", ["uuid"], False),
        ],
        shadow=True,
    )
    create(
        "share_mapping",
        *timestamps(),
        sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
        sa.Column("uuid", UUID),
        sa.Column("instance_uuid", UUID, sa.ForeignKey("instances.uuid")),
        sa.Column("share_id", UUID),
        sa.Column("status", sa.String(32)),
        sa.Column("tag", sa.String(48)),
        sa.Column("export_location", sa.Text),
        sa.Column("share_proto", sa.String(32)),
        sa.UniqueConstraint(
            "instance_uuid", "share_id", name="uniq_key_pairs0instance_uuid0share_id"
        ),
        sa.UniqueConstraint("instance_uuid", "tag", name="uniq_key_pairs0instance_uuid0tag"),
        indexes=[
            ("share_idx", ["share_id"], False),
            ("share_mapping_instance_uuid_share_id_idx", ["instance_uuid", "share_id"], False),
        ],
    )


def _actions() -> None:
    create(
        "instance_actions",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("action", NAME),
        sa.Column("instance_uuid", UUID, sa.ForeignKey("instances.uuid")),
        sa.Column("request_id", NAME),
        sa.Column("user_id", NAME),
        sa.Column("project_id", NAME),
        sa.Column("start_time", sa.DateTime),
        sa.Column("finish_time", sa.DateTime),
        sa.Column("message", NAME),
        indexes=[
            (
                "instance_actions_instance_uuid_updated_at_idx",
                ["instance_uuid", "updated_at"],
                False,
            ),
            ("instance_uuid_idx", ["instance_uuid"], False),
            ("request_id_idx", ["request_id"], False),
        ],
        shadow=True,
    )
    create(
        "instance_actions_events",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("event", NAME),
        sa.Column("action_id", sa.Integer, sa.ForeignKey("instance_actions.id")),
        sa.Column("start_time", sa.DateTime),
        sa.Column("finish_time", sa.DateTime),
        sa.Column("result", NAME),
        sa.Column("traceback", sa.Text),
        sa.Column("host", NAME),
        sa.Column("details", sa.Text),
        shadow=True,
    )


def _moves() -> None:
    create(
        "migrations",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("source_compute", NAME),
        sa.Column("dest_compute", NAME),
        sa.Column("source_node", NAME),
        sa.Column("dest_node", NAME),
        sa.Column("dest_compute_id", sa.BigInteger),
        sa.Column("dest_host", NAME),
        sa.Column("old_instance_type_id", sa.Integer),
        sa.Column("new_instance_type_id", sa.Integer),
        sa.Column("instance_uuid", UUID, sa.ForeignKey("instances.uuid")),
        sa.Column("uuid", UUID),
        sa.Column("status", NAME),
        sa.Column(
            "migration_type",
            sa.Enum("migration", "resize", "live-migration", "evacuation", name="migration_type"),
        ),
        sa.Column("hidden", sa.Boolean),
        sa.Column("memory_total", sa.BigInteger),
        sa.Column("memory_processed", sa.BigInteger),
        sa.Column("memory_remaining", sa.BigInteger),
        sa.Column("disk_total", sa.BigInteger),
        sa.Column("disk_processed", sa.BigInteger),
        sa.Column("disk_remaining", sa.BigInteger),
        sa.Column("cross_cell_move", sa.Boolean),
        sa.Column("user_id", NAME),
        sa.Column("project_id", NAME),
        indexes=[
            (
                "migrations_by_dest_host_nodes_and_status_idx",
                ["deleted", "dest_compute", "dest_node", "status"],
                False,
            ),
            (
                "migrations_by_host_nodes_and_status_idx",
                ["deleted", "source_compute", "dest_compute", "source_node", "dest_node", "status"],
                False,
            ),
            (
                "migrations_by_src_host_nodes_and_status_idx",
                ["deleted", "source_compute", "source_node", "status"],
                False,
            ),
            ("migrations_dest_compute_id_deleted_idx", ["dest_compute_id", "deleted"], False),
            (
                "migrations_instance_uuid_and_status_idx",
                ["deleted", "instance_uuid", "status"],
                False,
            ),
            ("migrations_updated_at_idx", ["updated_at"], False),
            ("migrations_uuid", ["uuid"], True),
        ],
        shadow=True,
    )
    create(
        "console_auth_tokens",
        key(),
        *timestamps(),
        sa.Column("token_hash", NAME, nullable=False),
        sa.Column("console_type", NAME, nullable=False),
        sa.Column("host", NAME, nullable=False),
        sa.Column("port", sa.Integer, nullable=False),
        sa.Column("tls_port", sa.Integer),
        sa.Column("internal_access_path", NAME),
        sa.Column("instance_uuid", UUID, nullable=False),
        sa.Column("expires", sa.Integer, nullable=False),
        sa.Column("access_url_base", NAME),
        sa.UniqueConstraint("token_hash", name="uniq_console_auth_tokens0token_hash"),
        indexes=[
            ("console_auth_tokens_host_expires_idx", ["host", "expires"], False),
            ("console_auth_tokens_instance_uuid_idx", ["instance_uuid"], False),
            (
                "console_auth_tokens_token_hash_instance_uuid_idx",
                ["token_hash", "instance_uuid"],
                False,
            ),
        ],
    )
