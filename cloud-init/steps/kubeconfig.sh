# Prints the administrator's kubeconfig.
# shellcheck shell=sh disable=SC2154 # timeout comes from the step's parameters
kubeconfig=$ROOT/etc/rancher/k3s/k3s.yaml
has_kubeconfig() {
  [ -s "$kubeconfig" ]
}
wait_for 5 has_kubeconfig ||
  fail "no /etc/rancher/k3s/k3s.yaml after ${timeout}s: it is written by a running k3s server; look at 'systemctl status k3s'"
cat "$kubeconfig"
