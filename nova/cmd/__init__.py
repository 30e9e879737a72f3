"""One file per process; the only place that picks adapters."""
