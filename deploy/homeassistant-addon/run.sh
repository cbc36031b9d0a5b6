#!/bin/sh
# Turns the add-on's options and the broker that the Supervisor names into a configuration, and becomes
# the daemon; `run.sh check` only checks. A configuration of one's own goes before the options.
set -eu

own="${WOKD_OWN:-/config/wokd.toml}"
options="${WOKD_OPTIONS:-/data/options.json}"
folder="${WOKD_FOLDER:-/run/wokd}"
supervisor="${SUPERVISOR:-http://supervisor}"
command="${1:-run}"

# The password is nobody else's.
umask 077
mkdir -p "$folder"

if [ -f "$own" ]; then
    exec wokd "$command" "$own"
fi

if ! answer=$(curl --silent --show-error --fail --max-time 20 \
    --header "Authorization: Bearer ${SUPERVISOR_TOKEN:-}" "$supervisor/services/mqtt"); then
    echo "The Supervisor names no MQTT broker: install the add-on Mosquitto broker and start it." >&2
    exit 1
fi
broker=$(printf '%s' "$answer" | jq --compact-output .data)
printf '%s' "$broker" | jq --join-output '.password // ""' >"$folder/mqtt.password"
jq --raw-output --argjson broker "$broker" --arg password "$folder/mqtt.password" \
    --from-file "$(dirname "$0")/configuration.jq" "$options" >"$folder/wokd.toml"
exec wokd "$command" "$folder/wokd.toml"
