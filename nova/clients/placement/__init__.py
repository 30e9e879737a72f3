"""The placement service: what is free where, and who holds it."""
