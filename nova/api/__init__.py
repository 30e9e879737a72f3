"""The HTTP host of the compute API."""
