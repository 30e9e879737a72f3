"""The scheduler: where a server goes, and why."""
