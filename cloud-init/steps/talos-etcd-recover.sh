# Gives a control plane that waits for it the data of $file, which begins the cluster anew; the others join by themselves.
# shellcheck shell=sh disable=SC2154 # name, address, file come from the step's parameters
timeout "$(left)" talosctl --talosconfig "$work/talosconfig" --endpoints "$address" --nodes "$address" \
  bootstrap "--recover-from=$file" >&2 ||
  fail "$name did not take $file: see above. Run again, with this or another snapshot"
started() {
  [ -n "$(members "$address")" ] && healthy "$address" etcd
}
wait_for 5 started || fail "etcd on $name is not healthy after ${timeout}s: look at 'talosctl --nodes $address logs etcd'"
say "$name has the data of $file"
