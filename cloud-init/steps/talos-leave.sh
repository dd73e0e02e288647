# Takes $name out of the cluster, dead or alive: etcd snapshot, drain, etcd member, disk, Node. $peers are control planes
# to ask; the node itself, when it was the first. They were written down when it joined: which of them, and who else, is a
# member now, etcd itself knows.
# shellcheck shell=sh disable=SC2154 # name, address, peers come from the step's parameters

for peer in $peers; do
  ! answers "$peer" || break
done
answers "$peer" || fail "no control plane of $peers answers, so $name cannot be removed in order: bring one back, and run again"
list=$(members "$peer")
[ -n "$list" ] || fail "etcd at $peer does not say who its members are: nothing was changed. Look at 'talosctl --nodes $peer service etcd', and run again"
own=$(printf '%s\n' "$list" | awk -F '|' -v name="$name" '$2 == name { print $1 }')

if [ -n "$own" ]; then
  others=$(printf '%s\n' "$list" | awk -F '|' -v name="$name" '$2 != name { print $4 }')
  [ -n "$others" ] ||
    fail "$name holds the last etcd member, and removing it would end the cluster: nothing was changed. To remove the cluster, destroy the stack"
  for each in $others; do
    healthy "$each" etcd ||
      fail "etcd at $each is not healthy, and two changes at once risk the quorum: nothing was changed. Bring it back, or remove it before $name"
  done
  # Whoever stays is asked from now on.
  peer=$each
  keep=${XDG_STATE_HOME:-$HOME/.local/state}/groundwork/etcd
  mkdir -p "$keep"
  snapshot=$keep/before-$name-left-$(date -u +%Y%m%dT%H%M%SZ).db
  talos "$peer" etcd snapshot "$snapshot" >&2 || fail "etcd gave no snapshot: nothing was changed"
  say "etcd as it was before $name left: $snapshot"
fi
if answers "$address"; then
  timeout "$(left)" talosctl --talosconfig "$work/talosconfig" --endpoints "$address" --nodes "$address" reset --graceful --reboot \
    --system-labels-to-wipe STATE --system-labels-to-wipe EPHEMERAL >&2 ||
    fail "$name could not be drained and reset: look at 'talosctl --nodes $address dmesg'"
elif [ -n "$own" ]; then
  talos "$peer" etcd remove-member "$own" >&2 || fail "etcd keeps its member $own, which is $name"
fi
gone() {
  list=$(members "$peer") && [ -n "$list" ] && ! printf '%s\n' "$list" | grep -q "|$name|"
}
wait_for 5 gone || fail "etcd still lists $name after ${timeout}s"
talos "$peer" kubeconfig --merge=false --force "$work/kubeconfig" >&2 || fail "the cluster gave no kubeconfig"
kubectl --kubeconfig "$work/kubeconfig" --request-timeout=60s delete node "$name" --ignore-not-found >&2 ||
  fail "the Node $name could not be deleted"
say "$name has left the cluster"
