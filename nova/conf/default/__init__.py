"""Options of the group DEFAULT, by theme."""
