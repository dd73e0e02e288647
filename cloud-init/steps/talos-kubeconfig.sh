# Prints the administrator's kubeconfig.
# shellcheck shell=sh disable=SC2154 # address comes from the step's parameters

given() {
  talos "$address" kubeconfig --merge=false --force "$work/kubeconfig" >/dev/null 2>&1
}
wait_for 5 given || fail "the control plane at $address gives no kubeconfig after ${timeout}s"
cat "$work/kubeconfig"
