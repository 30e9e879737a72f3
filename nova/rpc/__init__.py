"""Messages between processes: the bus contract, its adapters, and who can be asked what."""
