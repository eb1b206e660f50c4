#!/bin/sh
# The example application, each command shown before it runs. `make example` sets up what it needs; with SERVE=1
# the application stays up until Ctrl-C. All that is made is in a temporary folder, which is removed at the end.
set -eu
cd "$(dirname -- "$0")/.."
exec 2>&1
top=$PWD
shop=

# The example has a database and keys of its own: those that the environment names are not touched.
unset DATABASE_URL DIRECT_URL SHADOW_DATABASE_URL AUTHENTICATION_DATABASE_URL
unset KAVEN_SECRET_KEYS KAVEN_TOKEN_KEYS KAVEN_SECRET_KEYS_FILE KAVEN_TOKEN_KEYS_FILE

tell() {
    printf '\n# %s\n' "$*"
}

show() {
    printf '$ %s\n' "$*"
    sh -c "$*"
}

stop() {
    status=$?
    trap - EXIT HUP INT TERM
    cd "$project"
    if test -n "$shop"; then
        kill "$shop" 2>/dev/null || true
        wait "$shop" 2>/dev/null || true
        if test "$status" -ne 0; then cat shop.log; fi
    fi
    kaven db down >/dev/null || true
    cd "$top"
    rm -rf "$project"
    exit "$status"
}

project=$(mktemp -d "${TMPDIR:-/tmp}/kaven-example.XXXXXX")
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

sh "$top/examples/prepare.sh" "$project"
cd "$project"

tell "The shop itself, on loopback: every host below shop.localhost is this machine"
free='import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
PORT=${PORT:-$(python -c "$free")}
DATABASE_URL=$(kaven db url --role app)
AUTHENTICATION_DATABASE_URL=$(kaven db url --role authentication)
export DATABASE_URL AUTHENTICATION_DATABASE_URL
export KAVEN_TOKEN_KEYS_FILE=token-keys KAVEN_SECRET_KEYS_FILE=secret-keys
export SHOP_DOMAIN=shop.localhost SHOP_ORIGIN="http://shop.localhost:$PORT" SHOP_OUTBOX="$project/outbox"
export PYTHONPATH="$project:$top/examples"
serve="python -m uvicorn --factory shop.app:make --host 127.0.0.1 --port $PORT --no-server-header --no-proxy-headers"
printf '$ DATABASE_URL=$(kaven db url --role app) AUTHENTICATION_DATABASE_URL=$(kaven db url --role authentication) \\\n'
printf '    %s\n' "$serve"
$serve >shop.log 2>&1 &
shop=$!

show "python -m story http://127.0.0.1:$PORT $SHOP_DOMAIN outbox"

if test -n "${SERVE:-}"; then
    tell "The shop stays up at $SHOP_ORIGIN until Ctrl-C; mail is in $SHOP_OUTBOX, the log in $project/shop.log"
    wait "$shop"
fi
