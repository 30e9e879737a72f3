"""What a guest is told of itself: by the metadata service, and on a config drive."""
