"""Whose tokens the services of these tests know: {token: project}."""

PROJECTS = {"of demo": "demo", "of other": "other"}
