"""The host's side of network interfaces: what they are plugged into, and out of again."""
