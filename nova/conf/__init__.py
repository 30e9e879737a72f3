"""Options: what they are called, what they mean, how a process reads them.

Nothing is global.  A process calls `load` once and passes the result on; tests
call `new_config` and set what they need with `set_override`.
"""

from nova.conf.loading import load
from nova.conf.opts import list_opts, new_config

__all__ = ["list_opts", "load", "new_config"]
