"""The tables of the image service. Times are ISO 8601 texts in UTC."""

import sqlalchemy as sa

METADATA = sa.MetaData()

IMAGES = sa.Table(
    "images",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("name", sa.String),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("visibility", sa.String, nullable=False),
    sa.Column("protected", sa.Boolean, nullable=False, default=False),
    sa.Column("os_hidden", sa.Boolean, nullable=False, default=False),
    sa.Column("owner", sa.String, index=True),
    sa.Column("disk_format", sa.String),
    sa.Column("container_format", sa.String),
    sa.Column("min_disk", sa.Integer, nullable=False, default=0),
    sa.Column("min_ram", sa.Integer, nullable=False, default=0),
    sa.Column("size", sa.BigInteger),
    sa.Column("virtual_size", sa.BigInteger),
    sa.Column("checksum", sa.String),
    sa.Column("os_hash_algo", sa.String),
    sa.Column("os_hash_value", sa.String),
    sa.Column("tags", sa.JSON, nullable=False, default=list),
    sa.Column("properties", sa.JSON, nullable=False, default=dict),
    sa.Column("created_at", sa.String, nullable=False),
    sa.Column("updated_at", sa.String, nullable=False),
)

# With whom a shared image is shared; `status` is pending, accepted or rejected.
MEMBERS = sa.Table(
    "members",
    METADATA,
    sa.Column("image_id", sa.ForeignKey("images.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("member_id", sa.String, primary_key=True),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("created_at", sa.String, nullable=False),
    sa.Column("updated_at", sa.String, nullable=False),
)
