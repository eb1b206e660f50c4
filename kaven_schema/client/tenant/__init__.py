"""The tenant's client: written beside the generated client, and confining it to one tenant."""
