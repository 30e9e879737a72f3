"""The fabric of a real host: Linux bridges, dnsmasq and nftables. Needs root."""
