"""What tools/bench/list_servers is made of."""
