"""Tables of the placement database and their queries, a file per subject."""
