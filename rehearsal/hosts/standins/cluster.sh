# The clusters of the world, as seen from this machine: who runs, who answers, who is a member.
# shellcheck shell=sh disable=SC2154 # now, since, etcd come from standin.sh

# From here on nobody else looks at the clusters or changes them. In a world whose clock stands still nobody else is there.
exclusive() {
  if [ -n "$since" ]; then
    exec 9>"$WORLD/mutex"
    flock 9
  fi
}

# shared: others may again, before a long wait.
shared() {
  if [ -n "$since" ]; then exec 9>&-; fi
}

# up ADDRESS: the machine runs k3s.
up() {
  [ -d "$WORLD/hosts/$1" ] && [ ! -e "$WORLD/hosts/$1/down" ] &&
    { [ -e "$WORLD/hosts/$1/units/k3s.active" ] || [ -e "$WORLD/hosts/$1/units/k3s-agent.active" ]; }
}

# supervisor ADDRESS: sets $found to the machine whose API server listens there, directly or behind a load balancer.
supervisor() {
  found=
  targets=
  if [ -e "$WORLD/endpoints/$1" ]; then targets=$(cat "$WORLD/endpoints/$1"); fi
  for found in "$1" $targets; do
    if up "$found" && [ -e "$WORLD/hosts/$found/units/k3s.active" ]; then return 0; fi
  done
  return 1
}

# runs CLUSTER ADDRESS: the machine runs k3s and belongs to the cluster.
runs() {
  up "$2" && read -r member_cluster <"$WORLD/hosts/$2/cluster" && [ "$member_cluster" = "$1" ]
}

# member_ok CLUSTER MEMBER: promoted, and its machine runs it.
member_ok() {
  read -r member_address promoted <"$WORLD/clusters/$1/members/$2"
  [ "$promoted" -le "$now" ] && runs "$1" "$member_address"
}

has_quorum() {
  all=0 well=0
  for file in "$WORLD/clusters/$1/members"/*; do
    read -r _ promoted <"$file"
    [ "$promoted" -le "$now" ] || continue
    all=$((all + 1))
    if member_ok "$1" "${file##*/}"; then well=$((well + 1)); fi
  done
  [ "$well" -ge $((all / 2 + 1)) ]
}

# api: sets $cluster to the one whose API answers on this machine.
api() {
  read -r address <"$HOST/address"
  if [ ! -e "$HOST/cluster" ] || ! up "$address"; then
    echo "The connection to the server was refused" >&2
    leave 1
  fi
  read -r id <"$HOST/cluster"
  cluster=$WORLD/clusters/$id
  has_quorum "$id" || { echo "Error from server: etcdserver: request timed out" >&2; leave 1; }
}

# What k3s's controller does on the elected leader, to a Node that carries the annotation.
remove_member() {
  node=$cluster/nodes/$1
  [ -e "$node/etcd" ] && [ ! -e "$node/removed" ] && [ -e "$node/member" ] || return 0
  read -r member <"$node/member"
  if [ -e "$cluster/members/$member" ]; then
    read -r gone _ <"$cluster/members/$member"
    rm "$cluster/members/$member"
    if runs "${cluster##*/}" "$gone"; then
      : >"$WORLD/hosts/$gone/root/var/lib/rancher/k3s/server/db/etcd/tombstone"
      rm -f "$WORLD/hosts/$gone/units/k3s.active"
    fi
  fi
  echo "$member" >"$node/removed"
  rm "$node/member"
}
