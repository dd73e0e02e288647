# k3s's own commands, less the one that runs it.
# shellcheck shell=sh disable=SC2154 # now, since come from standin.sh

k3s() {
  exclusive
  catch_up
  case "$1 ${2:-}" in
    'kubectl '*) shift && kubectl "$@" ;;
    'etcd-snapshot save')
      api
      echo "$*" >>"$cluster/snapshots"
      mkdir -p "$etcd/../snapshots"
      cat "$cluster/data" 2>/dev/null >"$etcd/../snapshots/${4:?}-$(cat "$HOST/name")-$now" ||
        echo empty >"$etcd/../snapshots/$4-$(cat "$HOST/name")-$now"
      ;;
    'server --cluster-reset') reset "${3#--cluster-reset-restore-path=}" ;;
    'etcd-snapshot prune') api ;;
    *) unknown "$@" ;;
  esac
}

node_row() {
  node=$cluster/nodes/$1
  ready=False
  read -r since_ready <"$node/ready"
  read -r node_address <"$node/address"
  if [ "$since_ready" -le "$now" ]; then ready=True; fi
  if ! up "$node_address"; then ready=Unknown; fi
  voter='' member='' removed='' label=''
  if [ -e "$node/member" ]; then read -r member <"$node/member"; fi
  if [ -e "$node/removed" ]; then read -r removed <"$node/removed"; fi
  if [ -e "$node/etcd" ]; then
    label=true
    voter=False
    if [ -n "$member" ] && [ -e "$cluster/members/$member" ] && member_ok "${cluster##*/}" "$member"; then voter=True; fi
  fi
  echo "$1|$ready|$label|$voter|$member|$removed"
}

json() { # KEY <json: the string value of a key
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

create() {
  manifest=$(cat)
  case "$manifest" in
    *'"kind":"ConfigMap"'*)
      [ ! -e "$cluster/lock" ] || { echo "Error from server (AlreadyExists)" >&2; leave 1; }
      echo "$(printf '%s\n' "$manifest" | json holder)|$(printf '%s\n' "$manifest" | json expires)|1" >"$cluster/lock"
      ;;
    *'"kind":"Node"'*)
      name=$(printf '%s\n' "$manifest" | json name)
      [ ! -e "$cluster/nodes/$name" ] || { echo "Error from server (AlreadyExists)" >&2; leave 1; }
      mkdir -p "$cluster/nodes/$name"
      printf '%s\n' "$manifest" | json 'etcd.k3s.cattle.io\/node-address' >"$cluster/nodes/$name/address"
      printf '%s\n' "$manifest" | json 'etcd.k3s.cattle.io\/node-name' >"$cluster/nodes/$name/member"
      echo 9999999999 >"$cluster/nodes/$name/ready"
      : >"$cluster/nodes/$name/etcd"
      ;;
    *) unknown "create $manifest" ;;
  esac
}

replace_lock() {
  manifest=$(cat)
  version=$(cut -d '|' -f 3 "$cluster/lock")
  [ "$(printf '%s\n' "$manifest" | json resourceVersion)" = "$version" ] || { echo "Error from server (Conflict)" >&2; leave 1; }
  echo "$(printf '%s\n' "$manifest" | json holder)|$(printf '%s\n' "$manifest" | json expires)|$((version + 1))" >"$cluster/lock"
}

drain() {
  node=$cluster/nodes/$1
  echo "$1" >>"$WORLD/drains"
  : >"$node/cordoned"
  if [ "$(cat "$node/pods" 2>/dev/null)" = stuck ]; then
    for argument in "$@"; do
      case "$argument" in --timeout=*s)
        argument=${argument#--timeout=}
        shared
        pause "${argument%s}"
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
    read -r id <"$HOST/cluster"
    cluster=$WORLD/clusters/$id
    has_quorum "$id" || leave 1
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
