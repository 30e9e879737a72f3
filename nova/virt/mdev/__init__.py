"""Mediated devices for guests: what operators offer, which one a server gets, how it is kept.

Functions of frozen data, for whoever reports, claims or makes them.
"""
