# Drains the worker $name, takes it out of the cluster and removes its container. What is gone already is no fault.
# shellcheck shell=sh disable=SC2154 # parameters of the step
tools
if running "$server" && on_server kubectl get node "$name" >/dev/null 2>&1; then
  on_server kubectl cordon "$name" >/dev/null || fail "$name could not be cordoned: nothing was changed. Run again"
  if running "$container"; then
    on_server kubectl drain "$name" --ignore-daemonsets --delete-emptydir-data --force --timeout="${drain}s" >/dev/null ||
      fail "$name could not be drained in ${drain}s; it stays cordoned. See what holds it with 'kubectl get poddisruptionbudgets -A'; correct that, and run again"
  fi
fi
if docker inspect "$container" >/dev/null 2>&1; then
  k3d node delete "$container" >&2 || fail "k3d could not remove $container: run again"
fi
if running "$server"; then
  on_server kubectl delete node "$name" --ignore-not-found --wait=false >/dev/null || fail "Node $name could not be deleted: run again"
fi
say "$name has left the cluster"
