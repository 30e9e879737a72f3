"""Hypervisors: what the house needs of one (`contract`), and the ones it knows."""
