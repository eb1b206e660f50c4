"""A project's database: which one it is, the embedded one, and its migrations."""
