"""The network service: ports of servers, and what a user may plug them into."""
