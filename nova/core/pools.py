"""How many of a process's threads work side by side."""

from oslo_config import cfg


def default_size(conf: cfg.ConfigOpts) -> int:
    """Of a pool that no option of its own speaks of; green threads cost less than native ones."""
    if conf.concurrency_backend == "eventlet":
        return int(conf.default_green_pool_size)
    return int(conf.default_thread_pool_size)
