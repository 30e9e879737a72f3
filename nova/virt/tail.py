"""The end of a log."""


def tail(log: bytes, lines: int | None) -> bytes:
    """The last `lines` lines of it; None all of it, 0 nothing."""
    if lines is None or lines < 0:
        return log
    if lines == 0:
        return b""
    return b"".join(log.splitlines(keepends=True)[-lines:])
