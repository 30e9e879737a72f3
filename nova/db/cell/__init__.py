"""A cell's database; cell0 has the same tables."""
