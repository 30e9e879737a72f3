"""Whether a service is up."""

from datetime import datetime, timedelta

from oslo_config import cfg

from nova.objects.host import Service

UP, DOWN = "up", "down"


def is_up(service: Service, now: datetime, conf: cfg.ConfigOpts) -> bool:
    """It reported within [DEFAULT]service_down_time seconds, and nobody says it is down.

    A clock ahead of ours is as good as one behind it.
    """
    if service.forced_down:
        return False
    seen = service.last_seen_up or service.updated_at or service.created_at
    if seen is None:
        return False
    return abs(now - seen) <= timedelta(seconds=conf.service_down_time)


def state_of(service: Service, now: datetime, conf: cfg.ConfigOpts) -> str:
    return UP if is_up(service, now, conf) else DOWN
