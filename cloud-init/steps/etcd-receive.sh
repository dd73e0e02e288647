# On a control plane: takes a snapshot from standard input. It appears whole or not at all.
# shellcheck shell=sh disable=SC2154 # name, snapshot, sha256 come from the step's parameters
folder=/var/lib/rancher/k3s/server/db/snapshots
has() {
  [ -s "$1" ] && [ "$(sha256sum "$1" | cut -d ' ' -f 1)" = "$sha256" ]
}
if ! has "$ROOT$folder/$snapshot"; then
  [ ! -e "$ROOT$folder/$snapshot" ] ||
    fail "$name has another snapshot of the name $snapshot: give the file another name; nothing was changed"
  (umask 077 && mkdir -p "$ROOT$folder" && cat >"$ROOT$folder/.$snapshot.new") ||
    fail "the snapshot could not be written on $name: is its disk full?"
  has "$ROOT$folder/.$snapshot.new" || fail "the snapshot did not arrive whole on $name: run again"
  mv -f "$ROOT$folder/.$snapshot.new" "$ROOT$folder/$snapshot"
fi
say "$name has the snapshot $snapshot"
