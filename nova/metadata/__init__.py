"""The metadata service: guests ask it who they are."""
