"""What this host has: as our records, and as placement is told."""
