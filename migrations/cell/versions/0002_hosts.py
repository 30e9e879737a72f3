"""Hosts, their devices, and their records of past periods."""

import sqlalchemy as sa

from nova.db.history import ADDRESS, LONG_TEXT, NAME, UUID, create, key, soft_delete, timestamps

revision = "9f3e52b8d604"
down_revision = "4b1d7c0e9a21"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _hosts()
    _usage()


def _hosts() -> None:
    create(
        "services",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("uuid", UUID),
        sa.Column("host", NAME),
        sa.Column("binary", NAME),
        sa.Column("topic", NAME),
        sa.Column("report_count", sa.Integer, nullable=False),
        sa.Column("disabled", sa.Boolean),
        sa.Column("disabled_reason", NAME),
        sa.Column("last_seen_up", sa.DateTime),
        sa.Column("forced_down", sa.Boolean),
        sa.Column("version", sa.Integer),
        sa.UniqueConstraint("host", "binary", "deleted", name="uniq_services0host0binary0deleted"),
        sa.UniqueConstraint("host", "topic", "deleted", name="uniq_services0host0topic0deleted"),
        indexes=[
            ("services_uuid_idx", ["uuid"], True),
        ],
        shadow=True,
    )
    create(
        "compute_nodes",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("service_id", sa.Integer),
        sa.Column("host", NAME),
        sa.Column("uuid", UUID),
        sa.Column("vcpus", sa.Integer, nullable=False),
        sa.Column("memory_mb", sa.Integer, nullable=False),
        sa.Column("local_gb", sa.Integer, nullable=False),
        sa.Column("vcpus_used", sa.Integer, nullable=False),
        sa.Column("memory_mb_used", sa.Integer, nullable=False),
        sa.Column("local_gb_used", sa.Integer, nullable=False),
        sa.Column("hypervisor_type", LONG_TEXT, nullable=False),
        sa.Column("hypervisor_version", sa.Integer, nullable=False),
        sa.Column("hypervisor_hostname", NAME),
        sa.Column("free_ram_mb", sa.Integer),
        sa.Column("free_disk_gb", sa.Integer),
        sa.Column("current_workload", sa.Integer),
        sa.Column("running_vms", sa.Integer),
        sa.Column("cpu_info", LONG_TEXT, nullable=False),
        sa.Column("disk_available_least", sa.Integer),
        sa.Column("host_ip", ADDRESS),
        sa.Column("supported_instances", sa.Text),
        sa.Column("metrics", sa.Text),
        sa.Column("pci_stats", sa.Text),
        sa.Column("extra_resources", sa.Text),
        sa.Column("stats", sa.Text),
        sa.Column("numa_topology", sa.Text),
        sa.Column("ram_allocation_ratio", sa.Float),
        sa.Column("cpu_allocation_ratio", sa.Float),
        sa.Column("disk_allocation_ratio", sa.Float),
        sa.Column("mapped", sa.Integer),
        sa.UniqueConstraint(
            "host",
            "hypervisor_hostname",
            "deleted",
            name="uniq_compute_nodes0host0hypervisor_hostname0deleted",
        ),
        indexes=[
            ("compute_nodes_uuid_idx", ["uuid"], True),
        ],
        shadow=True,
    )
    create(
        "pci_devices",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("uuid", UUID),
        sa.Column("compute_node_id", sa.Integer, sa.ForeignKey("compute_nodes.id"), nullable=False),
        sa.Column("address", sa.String(12), nullable=False),
        sa.Column("vendor_id", sa.String(4), nullable=False),
        sa.Column("product_id", sa.String(4), nullable=False),
        sa.Column("dev_type", sa.String(8), nullable=False),
        sa.Column("dev_id", NAME),
        sa.Column("label", NAME, nullable=False),
        sa.Column("status", UUID, nullable=False),
        sa.Column("request_id", UUID),
        sa.Column("extra_info", sa.Text),
        sa.Column("instance_uuid", UUID),
        sa.Column("numa_node", sa.Integer),
        sa.Column("parent_addr", sa.String(12)),
        sa.UniqueConstraint(
            "compute_node_id",
            "address",
            "deleted",
            name="uniq_pci_devices0compute_node_id0address0deleted",
        ),
        indexes=[
            ("ix_pci_devices_compute_node_id_deleted", ["compute_node_id", "deleted"], False),
            (
                "ix_pci_devices_compute_node_id_parent_addr_deleted",
                ["compute_node_id", "parent_addr", "deleted"],
                False,
            ),
            ("ix_pci_devices_instance_uuid_deleted", ["instance_uuid", "deleted"], False),
        ],
        shadow=True,
    )


def _usage() -> None:
    create(
        "task_log",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("task_name", NAME, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("host", NAME, nullable=False),
        sa.Column("period_beginning", sa.DateTime, nullable=False),
        sa.Column("period_ending", sa.DateTime, nullable=False),
        sa.Column("message", NAME, nullable=False),
        sa.Column("task_items", sa.Integer),
        sa.Column("errors", sa.Integer),
        sa.UniqueConstraint(
            "task_name",
            "host",
            "period_beginning",
            "period_ending",
            name="uniq_task_log0task_name0host0period_beginning0period_ending",
        ),
        indexes=[
            ("ix_task_log_host", ["host"], False),
            ("ix_task_log_period_beginning", ["period_beginning"], False),
            ("ix_task_log_period_ending", ["period_ending"], False),
        ],
        shadow=True,
    )
    create(
        "volume_usage_cache",
        key(),
        *timestamps(),
        *soft_delete(),
        sa.Column("volume_id", UUID, nullable=False),
        sa.Column("instance_uuid", UUID),
        sa.Column("project_id", UUID),
        sa.Column("user_id", sa.String(64)),
        sa.Column("availability_zone", NAME),
        sa.Column("tot_last_refreshed", sa.DateTime),
        sa.Column("tot_reads", sa.BigInteger),
        sa.Column("tot_read_bytes", sa.BigInteger),
        sa.Column("tot_writes", sa.BigInteger),
        sa.Column("tot_write_bytes", sa.BigInteger),
        sa.Column("curr_last_refreshed", sa.DateTime),
        sa.Column("curr_reads", sa.BigInteger),
        sa.Column("curr_read_bytes", sa.BigInteger),
        sa.Column("curr_writes", sa.BigInteger),
        sa.Column("curr_write_bytes", sa.BigInteger),
        shadow=True,
    )
