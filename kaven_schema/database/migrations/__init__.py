"""Migrations as Prisma Migrate keeps them, so that either tool can go on from the other."""
