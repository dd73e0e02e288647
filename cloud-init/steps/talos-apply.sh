# Gives the machine at $address its configuration, the second line of standard input: to one in maintenance mode without
# credentials, since it has none to check; to a member of the cluster as the administrator.
# shellcheck shell=sh disable=SC2154 # name, address, disk come from the step's parameters

take machine.yaml "the machine configuration"

reachable() {
  answers "$address" || maintained "$address"
}
wait_for 5 reachable ||
  fail "$name does not answer at $address after ${timeout}s, neither as a member of this cluster nor in maintenance mode: boot it from its image. If it belongs to another cluster, reset it with that one's talosconfig"

if answers "$address"; then
  talos "$address" apply-config --mode auto --file "$work/machine.yaml" >&2 || fail "$name refuses its configuration"
else
  if [ -n "$disk" ]; then
    timeout 20 talosctl --nodes "$address" get disks --insecure -o yaml >"$work/disks.yaml" || fail "$name does not say which disks it has"
    grep -Eq "[ \"]$disk\"?$" "$work/disks.yaml" ||
      fail "$name has no disk $disk: nothing was changed. It has: $(awk '$1 == "dev_path:" { printf "%s ", $2 }' "$work/disks.yaml"). Name one of them in the stack file"
  fi
  timeout 60 talosctl --nodes "$address" apply-config --insecure --file "$work/machine.yaml" >&2 || fail "$name refuses its configuration"
fi
wait_for 5 answers "$address" ||
  fail "$name took its configuration and does not answer at $address after ${timeout}s: look at its console. Run again when it is corrected"
say "$name has its configuration"
