#!/bin/sh
# sh examples/prepare.sh FOLDER: a project in that folder with the schema, the client, the database and the keys of the
# example application. `kaven` and `python` are those on PATH.
set -eu
top=$(cd "$(dirname -- "$0")/.." && pwd)
cd "$1"

tell() {
    printf '\n# %s\n' "$*"
}

show() {
    printf '$ %s\n' "$*"
    sh -c "$*"
}

tell "A project: the schemas of this repository, with what the services add to them"
show "cp -R '$top/prisma' ."
show "rm -f prisma/schema.prisma"
show "echo 'extended = \"prisma/*.extended.prisma\"' > kaven.toml"
show "echo 'client_output = \"db\"' >> kaven.toml"

tell "Its database, with the tables; the typed client, and beside it the tenants' client"
show "kaven migrate dev --name services 2> migrate.log || { cat migrate.log; exit 1; }"

tell "What the services ask of PostgreSQL: numbers without gaps, histories that stay, an audit that stays"
show "kaven services rules --write"

tell "Row-level security: PostgreSQL itself keeps the tenants apart; the proof of it, on this database"
show "kaven rls"
show "kaven migrate deploy"
show "kaven rls verify > proof.txt || { cat proof.txt; exit 1; }"
show "tail -n 2 proof.txt"

tell "Keys, which are in files of their owner alone"
show "kaven secrets new-key secret-keys --id 2026-01"
show "kaven secrets new-key token-keys --id 2026-01"
