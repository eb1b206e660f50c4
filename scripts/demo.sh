#!/bin/sh
# The main job on the example schemas, each command shown before it runs. `make demo` sets up what it needs.
set -eu
cd "$(dirname -- "$0")/.."

show() {
    printf '\n$ %s\n' "$*"
    "$@"
}

echo "base (the vendor's) + extended (yours) = schema.prisma"
show wc -l prisma/schema.base.prisma prisma/schema.extended.prisma
show python -m kaven_schema merge
show wc -l prisma/schema.prisma

echo
echo "Our rules on base and extended, then Prisma's own validator on the result:"
show python -m kaven_schema check

echo
echo "The typed Python client:"
show python -m kaven_schema generate
show python scripts/show_client.py
