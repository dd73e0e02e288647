# Prints the administrator's kubeconfig.
# shellcheck shell=sh disable=SC2154 # parameters of the step
ready() {
  [ "$(on_server kubectl get --raw /readyz 2>/dev/null)" = ok ]
}

tools
if [ -n "$renewal" ]; then
  say "the administrator's certificate ends on $renewal: $server starts again, which makes another"
  { docker stop "$server" && docker start "$server"; } >/dev/null ||
    fail "$server could not be started again: see 'docker logs $server'; run again when it is corrected"
  wait_for 2 ready ||
    fail "$server is not ready after it was started again, within ${timeout}s: see 'docker logs $server'; run again when it is corrected"
fi
k3d kubeconfig get "$cluster" || fail "k3d has no kubeconfig of the cluster $cluster: see 'k3d cluster list'; run again when it runs"
