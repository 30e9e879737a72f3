"""The hypervisor's XML as dataclasses, readable and writable.  Knows nothing of us."""
