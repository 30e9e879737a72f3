"""The other services, each as a contract with a real adapter and one in memory."""
