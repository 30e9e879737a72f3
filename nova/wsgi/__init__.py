"""Serving WSGI applications, by us or by an operator's own server."""
