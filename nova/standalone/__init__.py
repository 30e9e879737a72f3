"""A whole small cloud in one command: embedded identity, image and network services."""
