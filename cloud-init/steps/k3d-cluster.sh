# Makes the Docker network and the cluster on it, or takes over what is there when it was made from the same
# configuration. Standard input: k3d's configuration file, with the cluster's token.
# shellcheck shell=sh disable=SC2154 # parameters of the step
server=k3d-$cluster-server-0
config=$(cat)

# nodes_ready: every server is a Ready node. Without a network of its own a cluster has none before a release brings it.
nodes_ready() {
  for each in $names; do
    [ "$(on_server kubectl get node "$each" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null)" = True ] || return 1
  done
}

# wrong_addresses: "container has A and not B" for each server that is not where it must be.
wrong_addresses() {
  for pair in $servers; do
    found=$(container_address "${pair%%=*}") || found=
    [ "$found" = "${pair#*=}" ] || printf ' %s has %s and not %s;' "${pair%%=*}" "${found:-none}" "${pair#*=}"
  done
}

# pairs: every container whose address must last.
pairs() {
  printf '%s ' "$servers" "k3d-$cluster-serverlb=$balancer"
}

kept() {
  for pair in $(pairs); do
    [ "$(kept_address "${pair%%=*}")" = "${pair#*=}" ] || return 1
  done
}

containers() {
  docker ps --all --quiet --filter "label=k3d.cluster=$cluster"
}

remove() {
  k3d cluster delete "$cluster" >/dev/null 2>&1 || true
  docker rm --force "k3d-$cluster-place" >/dev/null 2>&1 || true
}

# A port that another program or container has is found out before anything is made. Who has it, Docker knows best.
free_ports() {
  for port in $ports; do
    taken=$(docker ps --filter "publish=$port" --format '{{.Names}}' | head -n 1)
    [ -z "$taken" ] ||
      fail "port $port of this machine is taken by the container $taken: stop it, or choose another port for the cluster; then run again"
  done
}

make_network() {
  if docker network inspect "$network" >/dev/null 2>&1; then
    there=$(docker network inspect --format '{{range .IPAM.Config}}{{.Subnet}}{{end}}' "$network")
    [ "$there" = "$subnet" ] ||
      fail "the Docker network $network is $there and not $subnet: remove it with 'docker network rm $network', or write $there as the network's range; then run again"
    return 0
  fi
  set -- --driver bridge --subnet "$subnet" --gateway "$gateway" --label groundwork.cluster="$cluster"
  number=0
  for address in $reserved; do
    number=$((number + 1))
    set -- "$@" --aux-address "reserved-$number=$address"
  done
  docker_says=$(docker network create "$@" "$network" 2>&1) ||
    fail "the Docker network $network cannot be made on $subnet: $docker_says. See which network has that range with 'docker network ls' and 'ip route'; remove it, or give the stage another range; then run again"
}

# Docker gives each starting container the lowest free address. k3d's own helper starts first: under Docker Desktop and
# colima it keeps the place below the servers, elsewhere it is gone before they start, and a container that does nothing
# holds the place instead.
hold_place() {
  case "$(docker info --format '{{.OperatingSystem}} {{.Name}}' 2>/dev/null)" in
    "Docker Desktop"* | *colima*) return 0 ;;
  esac
  docker run --detach --name "k3d-$cluster-place" --network "$network" --ip "$place" \
    --entrypoint sleep "$image" 86400 >/dev/null ||
    fail "the image $image does not run: see 'docker pull $image'; then run again"
}

make_cluster() {
  free_ports
  make_network
  hold_place
  printf '%s\n' "$config" | k3d cluster create --config - --timeout "$(left)s" >&2 || {
    remove
    fail "k3d could not make the cluster $cluster: what it says is above; run again when it is corrected"
  }
  docker rm --force "k3d-$cluster-place" >/dev/null 2>&1 || true
  wrong=$(wrong_addresses)
  if [ -n "$wrong" ]; then
    remove
    fail "Docker gave the servers other addresses than the stage says:$wrong the cluster is removed. See what else is in the network with 'docker network inspect $network', take it out of there, and run again"
  fi
}

# From here on the addresses last: Docker would deal them out anew when it starts again, and etcd's members would not
# find each other.
keep_addresses() {
  k3d cluster stop "$cluster" >&2 || fail "k3d could not stop the cluster $cluster: run again"
  for pair in $(pairs); do keep "${pair%%=*}" "${pair#*=}"; done
  k3d cluster start "$cluster" --timeout "$(left)s" >&2 ||
    fail "k3d could not start the cluster $cluster again: see 'docker logs $server'; then run again"
}

tools
if [ -n "$(containers)" ]; then
  theirs=$(docker inspect --format '{{index .Config.Labels "'"$label"'"}}' "$server" 2>/dev/null) || theirs=
  if [ -z "$theirs" ] && docker inspect "$server" >/dev/null 2>&1; then
    fail "there is a cluster $cluster in k3d that is not this stage's: give the stage another cluster.name, or remove that one with 'k3d cluster delete $cluster'; then run again"
  elif [ -n "$theirs" ] && [ "$theirs" != "$digest" ]; then
    fail "the cluster $cluster was made with other settings (servers, k3s version, ports or arguments), and k3d cannot change them in place: take the change back, or remove the cluster with what is in it (pulumi destroy) and make it anew"
  fi
  whole=true
  for pair in $servers "k3d-$cluster-serverlb="; do
    docker inspect "${pair%%=*}" >/dev/null 2>&1 || whole=false
  done
  if [ "$whole" = false ]; then
    say "the cluster $cluster is half made: it is removed and made again"
    remove
    make_cluster
  elif ! kept; then
    # Cut off before its addresses were kept: they are the right ones only if it has not been started again since.
    k3d cluster start "$cluster" --timeout "$(left)s" >&2 || true
    if [ -n "$(wrong_addresses)" ]; then
      say "the cluster $cluster is half made: it is removed and made again"
      remove
      make_cluster
    fi
  fi
else
  remove
  make_cluster
fi

kept || keep_addresses
running "$server" || k3d cluster start "$cluster" --timeout "$(left)s" >&2 || true
wait_for 2 nodes_ready ||
  fail "the servers of $cluster are not Ready after ${timeout}s: see 'docker logs $server' and 'docker exec $server kubectl get nodes'; run again when it is corrected"
wrong=$(wrong_addresses)
[ -z "$wrong" ] || fail "servers of $cluster have other addresses than the stage says:$wrong see 'docker network inspect $network'"
say "the cluster $cluster is there, its API at $api: $servers"
