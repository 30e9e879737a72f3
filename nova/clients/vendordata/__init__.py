"""What the cloud's operator wants guests to be told."""
