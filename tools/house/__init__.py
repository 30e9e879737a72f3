"""Rules of this house, as code."""
