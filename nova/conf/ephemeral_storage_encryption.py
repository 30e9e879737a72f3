"""Options of the group ephemeral_storage_encryption."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("ephemeral_storage_encryption", "Encryption of ephemeral disks"),
    (
        cfg.StrOpt(
            "cipher", default="aes-xts-plain64", help="Cipher and mode for ephemeral encryption."
        ),
        cfg.StrOpt(
            "default_format", default="luks", choices=["luks"], help="Default encryption format."
        ),
        cfg.BoolOpt("enabled", default=False, help="Encrypt LVM ephemeral disks."),
        cfg.IntOpt("key_size", default=512, min=1, help="Key length in bits."),
    ),
)
