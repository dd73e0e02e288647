# On a control plane: takes a snapshot of etcd and prints "<file>|<bytes>|<sha256>".
# shellcheck shell=sh disable=SC2154 # name, label come from the step's parameters
snapshots=/var/lib/rancher/k3s/server/db/snapshots
[ -d "$ROOT/var/lib/rancher/k3s/server/db/etcd/member/wal" ] ||
  fail "$name has no data of etcd: it is no member of the cluster's"

# taken: sets $file to the snapshot of this label, when there is one: a run that was cut off has taken it.
taken() {
  for file in "$ROOT$snapshots/$label"-*; do
    if [ -s "$file" ]; then return 0; fi
  done
  return 1
}

taken || timeout "$(left)" k3s etcd-snapshot save --name "$label" >&2 ||
  fail "$name took no snapshot: see above. etcd takes one only while the API server answers: look at 'journalctl -u k3s' on $name; run again"
taken || fail "k3s says that it took a snapshot, and there is none named $label under $snapshots on $name"
printf '%s|%s|%s\n' "${file##*/}" "$(wc -c <"$file" | tr -d ' ')" "$(sha256sum "$file" | cut -d ' ' -f 1)"
