"""What placement is asked: the one place where a request becomes a query."""
