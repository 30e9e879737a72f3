"""The hypervisor host: performs the operations of its servers, and keeps its house."""
