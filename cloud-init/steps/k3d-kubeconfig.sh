# Prints the administrator's kubeconfig.
# shellcheck shell=sh disable=SC2154 # parameters of the step
tools
k3d kubeconfig get "$cluster" || fail "k3d has no kubeconfig of the cluster $cluster: see 'k3d cluster list'; run again when it runs"
