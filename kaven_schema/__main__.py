"""`python -m kaven_schema`."""

from kaven_schema.cli import main

main()
