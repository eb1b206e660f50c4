"""One check a function; `kaven_schema.operations.health.examining.CHECKS` has them in their order."""
