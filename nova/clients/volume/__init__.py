"""The block storage service: a contract, and adapters over HTTP and in memory."""
