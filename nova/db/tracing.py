"""Telling in every statement who sent it: [database]connection_trace."""

import traceback
from typing import Any

from sqlalchemy import Engine, event

# Whose frames stand between the statement and who wanted it.
_BELOW = ("/nova/db/engine.py", "/nova/db/tracing.py")


def trace(engine: Engine) -> None:
    """From now on a comment after each statement names the file, line and function of this
    project that asked for it; the database's own logs then show it."""
    event.listen(engine, "before_cursor_execute", _commented, retval=True)


def _commented(
    _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    return f"{statement} -- {_origin()}", parameters


def _origin() -> str:
    for frame in reversed(traceback.extract_stack()):
        path = frame.filename
        if "/nova/" in path and not path.endswith(_BELOW):
            return f"nova/{path.rpartition('/nova/')[2]}:{frame.lineno} {frame.name}"
    return "elsewhere"
