"""A small shop for many tenants: what an application does with kaven_schema.services, to be copied from."""
