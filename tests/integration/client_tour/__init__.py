"""A user's and an operator's tour with the stock clients."""
