# Waits until $name is a complete part of the cluster, as its control plane at $peer sees it.
# shellcheck shell=sh disable=SC2154 # name, role, address, peer come from the step's parameters

ready() {
  [ "$(talos "$1" get nodestatus -o jsonpath='{.spec.nodeReady}' 2>/dev/null)" = true ]
}

# Sets $missing to the first thing that is not yet as it must be.
complete() {
  missing="it does not answer at $address"
  answers "$address" || return 1
  if [ "$role" = control-plane ]; then
    missing="etcd does not list it as a voting member"
    members "$peer" | grep -q "|$name|voter|" || return 1
    missing="its etcd is not healthy"
    healthy "$address" etcd || return 1
  fi
  missing="its kubelet is not healthy"
  healthy "$address" kubelet || return 1
  # Without a network no node is Ready, and the release that brings one comes later: then nobody waits for it here.
  missing="its Node is not Ready"
  ready "$address" || ! ready "$peer"
}
wait_for 5 complete ||
  fail "$name is not a complete part of the cluster after ${timeout}s: $missing. Look at 'talosctl --nodes $address dmesg'; run again when it is corrected"
say "$name is a complete part of the cluster"
