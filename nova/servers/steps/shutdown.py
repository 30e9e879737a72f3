"""How long a guest may take to shut itself down."""

from oslo_config import cfg

from nova.objects.server import Instance


def grace(conf: cfg.ConfigOpts, instance: Instance) -> tuple[float, float]:
    """(seconds the guest has, seconds between askings): the image's wish
    `os_shutdown_timeout`, else [DEFAULT]shutdown_timeout."""
    wish = instance.system_metadata.get("image_os_shutdown_timeout", "")
    timeout = float(wish) if wish.isdigit() else float(conf.shutdown_timeout)
    return timeout, float(conf.compute.shutdown_retry_interval)
