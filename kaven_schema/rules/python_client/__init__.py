"""What prisma-client-py 0.15.0 makes of a schema, as far as it can fail: names, models, documentation."""
