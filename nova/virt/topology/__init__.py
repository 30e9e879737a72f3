"""Guests on memory nodes: what flavor and image ask for, and where on a host it fits.

Pure functions of frozen data, for whoever records, chooses or claims.
"""
