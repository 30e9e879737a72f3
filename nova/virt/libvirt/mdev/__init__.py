"""Mediated devices of the host: which there are, and how one is made."""
