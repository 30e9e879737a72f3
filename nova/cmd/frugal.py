"""Starting fast and staying small."""

import ctypes
import gc
import sys

_M_ARENA_MAX = -8
_ARENAS = 2
# Objects made between two looks for garbage; what a request makes is mostly freed by
# reference counts, and a look at young objects more often finds nothing.
_YOUNG = 20_000


def begin() -> None:
    """While a process is put together there is no garbage, only objects that stay."""
    gc.disable()
    _few_arenas()


def settled() -> None:
    """All is loaded: what is there now stays, and is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
    gc.enable()


def without_eventlet() -> None:
    """Libraries load eventlet, with all it brings, wherever it is installed: 13 MB and
    a fifth of a second for a process that uses threads."""
    sys.modules.setdefault("eventlet", None)  # type: ignore[arg-type]


def _few_arenas() -> None:
    """The C library keeps memory apart for each of many threads, and most of it unused."""
    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
    except (OSError, AttributeError):
        return
