"""Monitors of the processors of a host."""
