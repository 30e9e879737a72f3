"""The identity service: projects, and the token of this service."""
