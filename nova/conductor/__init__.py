"""The workflow host: drives every workflow, and keeps the stores for the compute hosts."""
