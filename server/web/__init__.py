"""The edge: typed endpoints, problems, tenants, actors, idempotency, limits and the API document."""
