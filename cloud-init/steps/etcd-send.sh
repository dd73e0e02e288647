# On a control plane: sends a snapshot on standard output.
# shellcheck shell=sh disable=SC2154 # name, snapshot come from the step's parameters
file=$ROOT/var/lib/rancher/k3s/server/db/snapshots/$snapshot
[ -s "$file" ] || fail "$name has no snapshot $snapshot"
cat "$file"
