"""Console proxies: from a browser's web socket to a guest's screen or serial line."""
