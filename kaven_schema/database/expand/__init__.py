"""Changes of a column in steps that break nothing: expand, backfill, contract."""
