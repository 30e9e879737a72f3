"""The parts of tools/bench/cloud."""
