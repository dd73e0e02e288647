# Prints the administrator's kubeconfig.
# shellcheck shell=sh disable=SC2154 # renewal, timeout come from the step's parameters
kubeconfig=$ROOT/etc/rancher/k3s/k3s.yaml
has_kubeconfig() {
  [ -s "$kubeconfig" ]
}
ready() {
  [ "$(kubectl get --raw /readyz 2>/dev/null)" = ok ]
}

if [ -n "$renewal" ]; then
  say "the administrator's certificate ends on $renewal: k3s starts again, which makes another"
  # The unit may take for ever to start, this step may not.
  timeout "$(left)" systemctl restart k3s || true
  if ! wait_for 5 ready; then
    tail_of k3s
    fail "k3s is not ready after it was started again, within ${timeout}s. Look at 'journalctl -u k3s' there; run again when it is corrected"
  fi
fi
wait_for 5 has_kubeconfig ||
  fail "no /etc/rancher/k3s/k3s.yaml after ${timeout}s: it is written by a running k3s server; look at 'systemctl status k3s'"
cat "$kubeconfig"
