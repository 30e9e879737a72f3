"""The placement service: what there is, what is used, and who may have the rest.

An island: it imports nothing of this project but L0 and `nova.core`, has its
own database, policies and configuration, and is spoken to over HTTP only.
"""
