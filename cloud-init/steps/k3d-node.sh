# Adds the worker $name, or takes over the one that is there.
# shellcheck shell=sh disable=SC2154 # parameters of the step
waiting=groundwork/starting=:NoSchedule

registered() {
  on_server kubectl get node "$name" >/dev/null 2>&1
}

ready() {
  [ "$(on_server kubectl get node "$name" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null)" = True ]
}

tools
running "$server" || fail "the server $server of the cluster $cluster does not run: start it with 'k3d cluster start $cluster', and run again"
if docker inspect "$container" >/dev/null 2>&1 && ! registered; then
  say "$container is half made: it is removed and made again"
  k3d node delete "$container" >&2 || docker rm --force "$container" >/dev/null
fi
if ! docker inspect "$container" >/dev/null 2>&1; then
  # Nothing is scheduled on it before its own labels and taints are there.
  k3d node create "$name" --cluster "$cluster" --role agent --wait --timeout "$(left)s" \
    --k3s-arg "--node-name=$name" --k3s-arg "--node-taint=$waiting" >&2 ||
    fail "k3d could not add $name: what it says is above; run again when it is corrected"
fi
if [ "$(kept_address "$container")" != "$address" ]; then
  docker stop "$container" >/dev/null
  keep "$container" "$address"
fi
running "$container" || docker start "$container" >/dev/null || fail "$container does not start: see 'docker logs $container'"
[ "$(container_address "$container")" = "$address" ] ||
  fail "$container has $(container_address "$container") and not $address: see 'docker network inspect $network'"
wait_for 2 ready || fail "$name is not Ready after ${timeout}s: see 'docker logs $container'; run again when it is corrected"
for pair in $labels; do
  on_server kubectl label node "$name" --overwrite "$pair" >/dev/null || fail "$name cannot have the label $pair"
done
for taint in $taints; do
  on_server kubectl taint node "$name" --overwrite "$taint" >/dev/null || fail "$name cannot have the taint $taint"
done
on_server kubectl taint node "$name" "${waiting%%=*}:NoSchedule-" >/dev/null 2>&1 || true
say "$name is Ready"
