#!/bin/sh
# For `compose.yaml`: the two roles of the site and their passwords. Before the first migration, and after each.
set -eu
PGPASSWORD=$(cat /run/database/postgres)
export PGPASSWORD
psql() { command psql -X -q -v ON_ERROR_STOP=1 -h database -U postgres -d rekey "$@"; }
psql -v owner=rekey_owner -v site=rekey_site -f /deploy/roles.sql
for role in owner site; do
    printf "ALTER ROLE rekey_%s PASSWORD :'password';\n" "$role" | psql -v "password=$(cat "/run/database/${role}")"
done
