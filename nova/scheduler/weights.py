"""The name by which weighers that operators bring along find their base."""

from nova.scheduler.weighers import BaseHostWeigher

__all__ = ["BaseHostWeigher"]
