"""What several families of actions share."""
