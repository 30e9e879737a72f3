"""How often what a host has may be given away."""


def ratio(chosen: float | None, initial: float) -> float:
    """The fixed ratio when the operator gave one, else the initial one."""
    return float(chosen) if chosen else float(initial)
