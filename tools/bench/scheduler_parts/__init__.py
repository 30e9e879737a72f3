"""The parts of tools/bench/scheduler."""
