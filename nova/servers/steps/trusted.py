"""Whose signatures under images a server's owner trusts."""

from collections.abc import Sequence

from oslo_config import cfg


def trusted_certificates(conf: cfg.ConfigOpts, asked: Sequence[str] | None) -> list[str] | None:
    """Those that were asked for; else the operator's, where certificates are looked at."""
    options = conf.glance
    looked_at = options.verify_glance_signatures and options.enable_certificate_validation
    usual = options.default_trusted_certificate_ids if looked_at else ()
    return list(asked or usual) or None
