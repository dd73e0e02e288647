# Removes the cluster and its network. What is not there is no fault.
# shellcheck shell=sh disable=SC2154 # parameters of the step
tools
docker rm --force "k3d-$cluster-place" >/dev/null 2>&1 || true
if [ -n "$(docker ps --all --quiet --filter "label=k3d.cluster=$cluster")" ]; then
  k3d cluster delete "$cluster" >&2 || fail "k3d could not remove the cluster $cluster: see 'k3d node list'; run again"
fi
[ -z "$(docker ps --all --quiet --filter "label=k3d.cluster=$cluster")" ] ||
  fail "containers of the cluster $cluster are left: see 'docker ps --all --filter label=k3d.cluster=$cluster'; remove them, and run again"
if docker network inspect "$network" >/dev/null 2>&1; then
  docker network rm "$network" >/dev/null ||
    fail "the Docker network $network is still used: take out what 'docker network inspect $network' names, and run again"
fi
say "the cluster $cluster is gone"
