#!/bin/sh
# The main job on the example schemas, each command shown before it runs. `make demo` sets up what it needs.
set -eu
cd "$(dirname -- "$0")/.."
exec 2>&1

tell() {
    printf '\n# %s\n' "$*"
}

show() {
    printf '$ %s\n' "$*"
    sh -c "$*"
}

show_refusal() {
    printf '$ %s\n' "$*"
    status=0
    sh -c "$*" || status=$?
    test "$status" -eq 1
}

tell "base (the vendor's, read-only) + extended (yours) = schema.prisma"
show "wc -l prisma/schema.base.prisma prisma/schema.extended.prisma"
show "kaven merge"

tell "One model of the result, and the file and line that each line of it comes from:"
show "kaven blame User | tail -n 37"
show "kaven blame User.email"
show "kaven blame User.company"

tell "Our rules on base and extended, then Prisma's own validator on the result:"
show "kaven check"

tell "What an extended file that changes base is told:"
show_refusal "kaven check --extended docs/examples/error/extended.prisma"

tell "The typed Python client, made by prisma-client-py without Prisma's command line and native engines:"
show "kaven generate"

tell "It is imported; fields of base and fields of extended are typed in one class:"
show "python scripts/show_client.py"
