"""From the description of a guest to the hypervisor's definition of it."""
