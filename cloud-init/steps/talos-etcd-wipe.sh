# Takes etcd's data from a control plane, and all else under /var with it, and waits until it waits for other data. With
# look=yes it only looks whether that could be done.
# shellcheck shell=sh disable=SC2154 # name, address, look come from the step's parameters

# It has no data, and goes on when somebody bootstraps it.
waits() {
  talos "$address" service etcd 2>/dev/null | grep -Eq '^STATE +Preparing'
}
if waits; then
  say "$name has no data of etcd"
  exit 0
fi
answers "$address" ||
  fail "$name does not answer at $address: nothing was changed on it. Bring it back, or, when it is gone for good, take it out of the stack file; then run again"
[ "$look" != yes ] || exit 0
talos "$address" reset --graceful=false --reboot --wait=false --system-labels-to-wipe EPHEMERAL >&2 ||
  fail "$name could not be reset: look at 'talosctl --nodes $address dmesg', and run again"
wait_for 5 waits || fail "$name does not wait for etcd's data after ${timeout}s: look at 'talosctl --nodes $address service etcd', and run again"
say "$name has no data of etcd any more"
