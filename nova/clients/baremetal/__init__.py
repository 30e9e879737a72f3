"""The bare metal service, as far as users look at its nodes here."""
