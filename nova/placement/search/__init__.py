"""Which providers could serve a request: a copy in memory, and a bounded search in it."""
