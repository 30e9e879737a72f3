#!/usr/bin/env bash
# The gate in DevStack's place: runs functions of devstack/plugin.sh.
# usage: devstack.sh FUNCTION, with the variables of tools/gate_parts/plugin.py
#
# Files and schemas are made at once.  What DevStack would do with its own tools (accounts,
# processes) is printed, a line for each call, its words parted by tabs.
set -euo pipefail
umask 077
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"

tell() {
    local word
    for word; do printf '%s\t' "$word"; done
    echo
}

define_plugin() { :; }
enable_service() { :; }
create_service_user() { tell user "$@"; }
get_or_add_user_project_role() { tell role "$@"; }
get_or_create_service() { tell service "$@"; }
get_or_create_endpoint() { tell endpoint "$@"; }
run_process() { tell process "$@"; }

is_service_enabled() { [[ " $GATE_ENABLED " == *" $1 "* ]]; }
die() {
    shift
    echo "$*" >&2
    exit 1
}

# The last value of an option counts.
iniset() { printf '[%s]\n%s = %s\n' "$2" "$3" "$4" >>"$1"; }
get_transport_url() { echo "$GATE_TRANSPORT_URL"; }
database_connection_url() { echo "$GATE_DATABASE_URL$1"; }
# They are new and empty.
recreate_database() { :; }
sudo() { "$@"; }

source "$here/devstack/settings"
function="$1"
set -- none
source "$here/devstack/plugin.sh"
"$function"
