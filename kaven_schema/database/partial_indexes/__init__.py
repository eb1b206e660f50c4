"""Partial indexes: from the comments that declare them to migrations, beside what Prisma's engine writes."""
