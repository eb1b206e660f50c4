#!/bin/sh
# The main job on the example schemas, each command shown before it runs. `make demo` sets up what it needs.
set -eu
cd "$(dirname -- "$0")/.."
exec 2>&1

# The demo has a database of its own: one that the environment names is not touched.
unset DATABASE_URL DIRECT_URL SHADOW_DATABASE_URL

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

state_of_database() {
    kaven db status --json || true # it may be down
}

stop() {
    status=$?
    trap - EXIT HUP INT TERM
    case $was_up in
    *'"up": true'*) ;;
    *) kaven db down ;;
    esac
    exit "$status"
}

was_up=$(state_of_database)
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

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

tell "A PostgreSQL 16 of the project's own, stopped again at the end of the demo:"
show "kaven db up"
case $(state_of_database) in
*'"embedded": true'*) ;;
*)
    echo "a .env file names another database, which the demo does not touch: move the file away" >&2
    exit 1
    ;;
esac

tell "Its migrations, the vendor's and yours:"
show "kaven migrate deploy"
show "kaven migrate status"

tell "The specification's demo data, through the typed client and Prisma's query engine on WebAssembly:"
show "kaven seed"

tell "A typed query:"
show 'DATABASE_URL=$(kaven db url) PRISMA_QUERY_ENGINE_BINARY=$(kaven engine path) python scripts/show_data.py'

tell "And down again; the data stays in .kaven until \`kaven db reset\` or \`make clean\`:"
