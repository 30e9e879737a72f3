"""Key pairs of users: /os-keypairs."""

from nova.resources.keypairs.pairs import ROUTES as routes

__all__ = ["routes"]
