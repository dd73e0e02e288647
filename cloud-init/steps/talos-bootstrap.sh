# Starts etcd on the first control plane of a cluster that has none, once. Every control plane has its configuration by
# now, so one that does not answer may hold the cluster's data: then nothing is started. A cluster that is there is what
# was asked for, unless $again says `refuse`.
# shellcheck shell=sh disable=SC2154 # name, address, peers, again come from the step's parameters

for each in $address $peers; do
  wait_for 5 answers "$each" ||
    fail "the control plane at $each does not answer after ${timeout}s, and it may hold this cluster's etcd: nothing was started. Bring it back, and run again"
  if [ -n "$(members "$each")" ]; then
    [ "$again" != refuse ] || fail "the cluster is there already: etcd runs at $each. A second bootstrap would be a second cluster: nothing was changed"
    say "the cluster is there already: etcd runs at $each"
    exit 0
  fi
done
if ! talos "$address" bootstrap 2>"$work/answer"; then
  # The answer of a bootstrap that was cut off: it is complete when etcd has its member.
  grep -Eq 'AlreadyExists|data directory is not empty' "$work/answer" || fail "$name cannot be bootstrapped: $(cat "$work/answer")"
fi
started() {
  [ -n "$(members "$address")" ] && healthy "$address" etcd
}
wait_for 5 started || fail "etcd on $name is not healthy after ${timeout}s: look at 'talosctl --nodes $address logs etcd'"
say "$name started the cluster"
