"""The parts of tools/bench/actions."""
