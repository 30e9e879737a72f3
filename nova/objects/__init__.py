"""Versioned objects: what is kept and what travels.  No SQL, no RPC."""
