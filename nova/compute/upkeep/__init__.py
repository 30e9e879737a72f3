"""What a host does by itself, a file each."""
