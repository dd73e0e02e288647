#!/bin/sh
# Stands in for the commands that the node scripts call, over a simulated world of files: dispatched by the name that it
# is called by. Written by what the real commands and k3s document, so that a script which relies on more than that fails.
#
#   $WORLD/clock                          seconds; moved on by sleep
#   $WORLD/endpoints/<address>            addresses behind a load balancer
#   $WORLD/hosts/<address>/               = $HOST of that machine: name, root/, units/<unit>.active, cluster, down
#   $WORLD/clusters/<id>/                 token, agent-token, lock, snapshots, members/<member>, nodes/<name>/
#
# A member file holds: address and the time of its promotion. A node folder: address, ready (a time), etcd, member,
# removed, cordoned, pods. KILL_AFTER=n ends the whole script, as a lost connection would, after its n-th command.
set -eu
bin=${0%/*}
PATH=/usr/bin:/bin
command=${0##*/}
printf '%s\n' "$command $*" >>"$HOST/log"
read -r calls <"$HOST/calls"
calls=$((calls + 1))
echo "$calls" >"$HOST/calls"
read -r now <"$WORLD/clock"
etcd=$ROOT/var/lib/rancher/k3s/server/db/etcd

leave() {
  if [ "${KILL_AFTER:-0}" = "$calls" ]; then kill -KILL 0; fi
  exit "$1"
}

case "$command" in
  # Real, and counted: a script can be cut off between any two of these.
  mv | cp | rm | chmod | mkdir | ln)
    "/bin/$command" "$@" || leave "$?"
    leave 0
    ;;
  sleep)
    echo $((now + $1)) >"$WORLD/clock"
    leave 0
    ;;
esac

unknown() {
  echo "stand-in: $command $* is not simulated" | tee -a "$WORLD/unknown" >&2
  leave 99
}

# --- The cluster, as seen from this machine ---

# up ADDRESS: the machine runs k3s.
up() {
  [ -d "$WORLD/hosts/$1" ] && [ ! -e "$WORLD/hosts/$1/down" ] &&
    { [ -e "$WORLD/hosts/$1/units/k3s.active" ] || [ -e "$WORLD/hosts/$1/units/k3s-agent.active" ]; }
}

# supervisor ADDRESS: an API server listens there, directly or behind a load balancer; prints the machine's address.
supervisor() {
  for candidate in "$1" $(cat "$WORLD/endpoints/$1" 2>/dev/null); do
    if up "$candidate" && [ -e "$WORLD/hosts/$candidate/units/k3s.active" ]; then
      echo "$candidate"
      return 0
    fi
  done
  return 1
}

# member_ok CLUSTER MEMBER: promoted, and its machine runs it.
member_ok() {
  read -r member_address promoted <"$WORLD/clusters/$1/members/$2"
  [ "$promoted" -le "$now" ] && up "$member_address" && [ "$(cat "$WORLD/hosts/$member_address/cluster")" = "$1" ]
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

api() {
  address=$(cat "$HOST/address")
  if [ ! -e "$HOST/cluster" ] || ! up "$address"; then
    echo "The connection to the server was refused" >&2
    leave 1
  fi
  cluster=$WORLD/clusters/$(cat "$HOST/cluster")
  has_quorum "${cluster##*/}" || { echo "Error from server: etcdserver: request timed out" >&2; leave 1; }
}

node_row() {
  node=$cluster/nodes/$1
  ready=False
  if [ "$(cat "$node/ready")" -le "$now" ]; then ready=True; fi
  if ! up "$(cat "$node/address")"; then ready=Unknown; fi
  voter=
  member=$(cat "$node/member" 2>/dev/null || true)
  if [ -e "$node/etcd" ]; then
    voter=False
    if [ -n "$member" ] && [ -e "$cluster/members/$member" ] && member_ok "${cluster##*/}" "$member"; then voter=True; fi
  fi
  echo "$1|$ready|$([ ! -e "$node/etcd" ] || echo true)|$voter|$member|$(cat "$node/removed" 2>/dev/null || true)"
}

# What k3s's controller does on the elected leader, to a Node that carries the annotation.
remove_member() {
  node=$cluster/nodes/$1
  [ -e "$node/etcd" ] && [ ! -e "$node/removed" ] && [ -e "$node/member" ] || return 0
  member=$(cat "$node/member")
  if [ -e "$cluster/members/$member" ]; then
    read -r gone _ <"$cluster/members/$member"
    rm "$cluster/members/$member"
    if up "$gone" && [ "$(cat "$WORLD/hosts/$gone/cluster")" = "${cluster##*/}" ]; then
      : >"$WORLD/hosts/$gone/root/var/lib/rancher/k3s/server/db/etcd/tombstone"
      rm -f "$WORLD/hosts/$gone/units/k3s.active"
    fi
  fi
  echo "$member" >"$node/removed"
  rm "$node/member"
}

json() { # KEY <json: the string value of a key
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

create() {
  manifest=$(cat)
  case "$manifest" in
    *'"kind":"ConfigMap"'*)
      [ ! -e "$cluster/lock" ] || { echo "Error from server (AlreadyExists)" >&2; leave 1; }
      echo "$(printf '%s' "$manifest" | json holder)|$(printf '%s' "$manifest" | json expires)|1" >"$cluster/lock"
      ;;
    *'"kind":"Node"'*)
      name=$(printf '%s' "$manifest" | json name)
      [ ! -e "$cluster/nodes/$name" ] || { echo "Error from server (AlreadyExists)" >&2; leave 1; }
      mkdir -p "$cluster/nodes/$name"
      printf '%s' "$manifest" | json 'etcd.k3s.cattle.io\/node-address' >"$cluster/nodes/$name/address"
      printf '%s' "$manifest" | json 'etcd.k3s.cattle.io\/node-name' >"$cluster/nodes/$name/member"
      echo 9999999999 >"$cluster/nodes/$name/ready"
      : >"$cluster/nodes/$name/etcd"
      ;;
    *) unknown "create $manifest" ;;
  esac
}

replace_lock() {
  manifest=$(cat)
  version=$(cut -d '|' -f 3 "$cluster/lock")
  [ "$(printf '%s' "$manifest" | json resourceVersion)" = "$version" ] || { echo "Error from server (Conflict)" >&2; leave 1; }
  echo "$(printf '%s' "$manifest" | json holder)|$(printf '%s' "$manifest" | json expires)|$((version + 1))" >"$cluster/lock"
}

drain() {
  node=$cluster/nodes/$1
  : >"$node/cordoned"
  if [ "$(cat "$node/pods" 2>/dev/null)" = stuck ]; then
    for argument in "$@"; do
      case "$argument" in --timeout=*s)
        argument=${argument#--timeout=}
        echo $((now + ${argument%s})) >"$WORLD/clock"
        ;;
      esac
    done
    echo "error when evicting pods: global timeout reached" >&2
    leave 1
  fi
  : >"$node/pods"
}

kubectl() {
  case "$*" in *--kubeconfig=*) agent=1 ;; *) agent= ;; esac
  while :; do case "${1:-}" in --request-timeout=* | --kubeconfig=*) shift ;; *) break ;; esac; done
  if [ -n "$agent" ]; then
    # A kubelet's own kubeconfig goes through k3s's load balancer on the node.
    if [ ! -e "$HOST/cluster" ] || [ ! -e "$HOST/units/k3s-agent.active" ]; then leave 1; fi
    cluster=$WORLD/clusters/$(cat "$HOST/cluster")
    has_quorum "${cluster##*/}" || leave 1
  else
    api
  fi
  case "$*" in
    'get --raw /readyz') printf ok ;;
    'get nodes -o jsonpath='*)
      for node in "$cluster/nodes"/*; do
        if [ -d "$node" ]; then node_row "${node##*/}"; fi
      done
      ;;
    'get node '*' -o name') [ -d "$cluster/nodes/$3" ] || leave 1 ;;
    'create -f -') create ;;
    'replace -f -') replace_lock ;;
    '-n kube-system get configmap groundwork-membership -o jsonpath={.data.holder}')
      [ -e "$cluster/lock" ] || leave 1
      cut -d '|' -f 1 "$cluster/lock"
      ;;
    '-n kube-system get configmap groundwork-membership -o jsonpath='*) cat "$cluster/lock" 2>/dev/null || leave 1 ;;
    '-n kube-system delete configmap groundwork-membership --ignore-not-found') rm -f "$cluster/lock" ;;
    'cordon '*)
      [ -d "$cluster/nodes/$2" ] || leave 1
      : >"$cluster/nodes/$2/cordoned"
      ;;
    'drain '*) shift && drain "$@" ;;
    'annotate node '*' etcd.k3s.cattle.io/remove=true --overwrite') remove_member "$3" ;;
    'delete node '*' --ignore-not-found --wait=false')
      # The controller also removes the member of a Node that is deleted while it has one.
      if [ -d "$cluster/nodes/$3" ]; then remove_member "$3"; fi
      rm -rf "$cluster/nodes/$3"
      ;;
    *) unknown "$@" ;;
  esac
}

# --- k3s starting on this machine ---

start_k3s() { # UNIT
  config=$ROOT/etc/rancher/k3s
  address=$(cat "$HOST/address")
  name=$(sed -n 's/^node-name: "\(.*\)"$/\1/p' "$config/config.yaml")
  token=$(cat "$config/token" 2>/dev/null) || return 0
  joins=$(sed -n 's/^server: "https:\/\/\([^:"]*\).*/\1/p' "$config/config.yaml.d/10-membership.yaml")
  if [ "$1" = k3s ]; then
    if [ -e "$etcd/tombstone" ]; then return 0; fi
    if [ ! -d "$etcd/member/wal" ]; then
      if grep -q '^cluster-init: true$' "$config/config.yaml.d/10-membership.yaml"; then
        cluster=$WORLD/clusters/c$(($(find "$WORLD/clusters" -mindepth 1 -maxdepth 1 | grep -c . || true) + 1))
        mkdir -p "$cluster/nodes" "$cluster/members"
        echo "$token" >"$cluster/token"
        cp "$config/agent-token" "$cluster/agent-token"
        promoted=$now
      else
        found=$(supervisor "$joins") || return 0
        cluster=$WORLD/clusters/$(cat "$WORLD/hosts/$found/cluster")
        [ "$token" = "$(cat "$cluster/token")" ] || return 0
        has_quorum "${cluster##*/}" || return 0
        for file in "$cluster/members"/*; do
          read -r _ promoted <"$file"
          # etcd takes one learner at a time; k3s takes no second member of a node.
          [ "$promoted" -le "$now" ] || return 0
          case "${file##*/}" in "$name"-????????) return 0 ;; esac
        done
        promoted=$((now + 20))
      fi
      serial=$(($(cat "$WORLD/serial") + 1))
      echo "$serial" >"$WORLD/serial"
      member=$name-$(printf '%08x' "$serial")
      echo "$address $promoted" >"$cluster/members/$member"
      mkdir -p "$cluster/nodes/$name" "$etcd/member/wal" "$ROOT/var/lib/rancher/k3s/server/tls"
      : >"$cluster/nodes/$name/etcd"
      echo "$member" >"$cluster/nodes/$name/member"
      rm -f "$cluster/nodes/$name/removed"
      echo "${cluster##*/}" >"$HOST/cluster"
      printf 'apiVersion: v1\nkind: Config\n' >"$config/k3s.yaml"
    fi
  else
    found=$(supervisor "$joins") || return 0
    cluster=$WORLD/clusters/$(cat "$WORLD/hosts/$found/cluster")
    [ "$token" = "$(cat "$cluster/agent-token")" ] || return 0
    mkdir -p "$cluster/nodes/$name"
    echo "${cluster##*/}" >"$HOST/cluster"
  fi
  cluster=$WORLD/clusters/$(cat "$HOST/cluster")
  mkdir -p "$cluster/nodes/$name"
  echo "$address" >"$cluster/nodes/$name/address"
  echo $((now + 15)) >"$cluster/nodes/$name/ready"
  : >"$HOST/units/$1.active"
}

systemctl() {
  verb=$1
  shift
  unit=
  for argument in "$@"; do case "$argument" in -*) ;; *) unit=${argument%.service} ;; esac; done
  case "$verb" in
    is-active) [ -e "$HOST/units/$unit.active" ] || leave 3 ;;
    start | restart | reload | try-reload-or-restart)
      case "$unit" in
        k3s | k3s-agent) start_k3s "$unit" ;;
        sshd) leave 5 ;;
        *) : >"$HOST/units/$unit.active" ;;
      esac
      ;;
    enable)
      : >"$HOST/units/$unit.enabled"
      case "$*" in *--now*) : >"$HOST/units/$unit.active" ;; esac
      ;;
    stop) for unit in "$@"; do rm -f "$HOST/units/${unit%.service}.active"; done ;;
    cat) case "$unit" in apt-daily.timer | unattended-upgrades) ;; *) leave 1 ;; esac ;;
    mask | unmask | daemon-reload | --failed) ;;
    *) unknown "$verb" "$@" ;;
  esac
}

curl() {
  output='' url=''
  while [ "$#" -gt 0 ]; do
    case "$1" in
      -o) output=$2 && shift ;;
      --connect-timeout | --max-time | --cacert) shift ;;
      -*) ;;
      *) url=$1 ;;
    esac
    shift
  done
  case "$url" in
    https://127.0.0.1:6443/db/info)
      api >/dev/null 2>&1
      first=
      printf '{"members":['
      for file in "$cluster/members"/*; do
        read -r member_address promoted <"$file"
        printf '%s{"ID":%s,"name":"%s","peerURLs":["https://%s:2380"],"clientURLs":["https://%s:2379"]%s}' "$first" \
          "1234567890123" "${file##*/}" "$member_address" "$member_address" \
          "$([ "$promoted" -le "$now" ] || printf ',"isLearner":true')"
        first=,
      done
      printf ']}\n'
      ;;
    https://*/ping)
      target=${url#https://}
      supervisor "${target%%:*}" >/dev/null || leave 7
      printf pong
      ;;
    *)
      if [ -z "$output" ] || [ ! -e "$WORLD/downloads/${url##*/}" ]; then leave 22; fi
      cp "$WORLD/downloads/${url##*/}" "$output"
      ;;
  esac
}

# --- The rest of the machine ---

tailscale() {
  case "$1" in
    ip) cat "$HOST/tailnet" 2>/dev/null || leave 1 ;;
    up) echo "100.64.0.$(cut -d . -f 4 "$HOST/address")" >"$HOST/tailnet" ;;
    set) ;;
    *) unknown "$@" ;;
  esac
}

case "$command" in
  systemctl) systemctl "$@" ;;
  curl) curl "$@" ;;
  tailscale) tailscale "$@" ;;
  k3s)
    case "$1 ${2:-}" in
      'kubectl '*) shift && kubectl "$@" ;;
      'etcd-snapshot save') api && echo "$*" >>"$cluster/snapshots" ;;
      'etcd-snapshot prune') api ;;
      *) unknown "$@" ;;
    esac
    ;;
  ip)
    case "$*" in
      '-o -4 addr show')
        echo "1: lo    inet 127.0.0.1/8 scope host lo"
        if [ ! -e "$HOST/detached" ]; then echo "2: enp7s0    inet $(cat "$HOST/address")/32 brd 10.0.0.1 scope global dynamic enp7s0"; fi
        ;;
      '-o -4 route show default') cat "$HOST/default-route" 2>/dev/null || true ;;
      'route replace default via '*) echo "default via $5 dev $7" >"$HOST/default-route" ;;
      'link set dev '*' mtu '*) echo "$6" >"$HOST/mtu-$4" ;;
      *) unknown "$@" ;;
    esac
    ;;
  date) if [ "$*" = +%s ]; then echo "$now"; else printf 'at %s\n' "$*"; fi ;;
  timeout)
    shift
    PATH=$bin:$PATH "$@" || leave "$?"
    ;;
  cloud-init)
    cat "$HOST/cloud-init"
    if [ "$(cat "$HOST/cloud-init")" != 'status: done' ]; then leave 1; fi
    ;;
  ssh-keygen)
    for file in "$@"; do :; done
    case "$(head -n 1 "$file")" in
      'PRIVATE ED25519 '*) sed -n '1s/PRIVATE ED25519 /ssh-ed25519 /p' "$file" ;;
      'PRIVATE RSA '*) echo "ssh-rsa AAAA" ;;
      *) leave 255 ;;
    esac
    ;;
  # The delayed job: kept, to be run by the test when its time has come.
  systemd-run)
    while [ "$1" != /bin/sh ]; do shift; done
    printf '%s\n' "$3" >"$HOST/delayed.sh"
    printf '%s\n' "$4" >"$HOST/delayed.argument"
    ;;
  nft)
    case "$*" in
      '-f -') cat >"$HOST/nft" ;;
      *) unknown "$@" ;;
    esac
    ;;
  uname) cat "$HOST/machine" ;;
  dpkg-query)
    for package in "$@"; do :; done
    grep -qx "$package" "$HOST/packages" || leave 1
    printf installed
    ;;
  apt-get)
    case "$*" in
      *' install '*) for package in "$@"; do case "$package" in -* | install | DPkg*) ;; *) echo "$package" >>"$HOST/packages" ;; esac; done ;;
    esac
    ;;
  journalctl) echo "level=fatal msg=\"the journal of $2\"" ;;
  sshd | sysctl | swapoff | modprobe | hostnamectl) ;;
  *) unknown "$@" ;;
esac
leave 0
