"""The HTTP face of placement."""
