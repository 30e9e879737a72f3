"""What must be so."""

from tools.daemons.process import Failed


def need(good: object, what: str) -> None:
    """Raises Failed, which tells `what`, unless it is good."""
    if not good:
        raise Failed(what)


def same(found: object, wanted: object, what: str) -> None:
    need(found == wanted, f"{what}: {found!r} instead of {wanted!r}")
