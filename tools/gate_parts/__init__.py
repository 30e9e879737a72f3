"""The parts of tools/gate."""
