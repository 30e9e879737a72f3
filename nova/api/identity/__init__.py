"""Who asks: what stands in front of the API and fills in the request's context."""
