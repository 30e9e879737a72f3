"""A cloud of real processes with fake hypervisors: for benchmarks and fault tests."""
