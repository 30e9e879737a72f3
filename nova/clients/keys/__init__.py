"""The key service: secrets and certificates that others keep for us."""
