"""The API described for machines: what it takes and what it answers, at every version."""
