# k3s starting on a machine.
# shellcheck shell=sh disable=SC2154,SC2030,SC2031 # now, etcd come from standin.sh; another machine's stay in their subshell

# start_k3s UNIT: as systemd does with Restart=always; what does not start now is tried again when somebody looks.
start_k3s() {
  rm -f "$HOST/units/$1.activating"
  # ConditionPathExists of the unit
  if [ "$1" = k3s ] && [ -e "$etcd/tombstone" ]; then return 0; fi
  if [ -x "$ROOT/usr/local/bin/k3s" ] && come_up "$1"; then
    : >"$HOST/units/$1.active"
  else
    echo $((now + 5)) >"$HOST/units/$1.activating"
  fi
}

# catch_up: what has become of the units that could not start, on every machine, by now.
catch_up() {
  for waiting in "$WORLD/hosts"/*/units/*.activating; do
    if [ ! -e "$waiting" ] || [ -e "${waiting%/units/*}/down" ]; then continue; fi
    read -r due <"$waiting"
    if [ "$due" -le "$now" ]; then
      (
        HOST=${waiting%/units/*}
        ROOT=$HOST/root
        etcd=$ROOT/var/lib/rancher/k3s/server/db/etcd
        unit=${waiting##*/}
        start_k3s "${unit%.activating}"
      )
    fi
  done
}

# come_up UNIT
come_up() {
  config=$ROOT/etc/rancher/k3s
  read -r address <"$HOST/address"
  name=$(sed -n 's/^node-name: "\(.*\)"$/\1/p' "$config/config.yaml")
  token=$(cat "$config/token" 2>/dev/null) || return 1
  joins=$(sed -n 's/^server: "https:\/\/\([^:"]*\).*/\1/p' "$config/config.yaml.d/10-membership.yaml")
  if [ "$1" = k3s ]; then
    if [ ! -d "$etcd/member/wal" ]; then new_member || return 1; fi
    # Data of a member that the cluster does not have any more, as after a reset: etcd refuses it.
    read -r id <"$HOST/cluster"
    [ -e "$WORLD/clusters/$id/members/$(cat "$etcd/name")" ] || return 1
  elif [ ! -e "$HOST/cluster" ]; then
    supervisor "$joins" || return 1
    read -r id <"$WORLD/hosts/$found/cluster"
    [ "${token##*:}" = "$(cat "$WORLD/clusters/$id/agent-token")" ] || return 1
    echo "$id" >"$HOST/cluster"
  fi
  read -r id <"$HOST/cluster"
  cluster=$WORLD/clusters/$id
  mkdir -p "$cluster/nodes/$name"
  echo "$address" >"$cluster/nodes/$name/address"
  echo $((now + 15)) >"$cluster/nodes/$name/ready"
}

# A server without etcd data: starts a cluster when it is told to, else joins one as a learner.
new_member() {
  if grep -q '^cluster-init: true$' "$config/config.yaml.d/10-membership.yaml"; then
    cluster=$WORLD/clusters/c$(($(find "$WORLD/clusters" -mindepth 1 -maxdepth 1 | grep -c . || true) + 1))
    mkdir -p "$cluster/nodes" "$cluster/members"
    echo "$token" >"$cluster/token"
    cp "$config/agent-token" "$cluster/agent-token"
    # It takes the authorities that it finds, and makes those that it does not.
    mkdir -p "$cluster/tls" "$ROOT/var/lib/rancher/k3s/server/tls"
    if [ ! -e "$ROOT/var/lib/rancher/k3s/server/tls/server-ca.crt" ]; then
      printf -- '-----BEGIN CERTIFICATE-----\nk3s-server-ca of %s\n-----END CERTIFICATE-----\n' "${cluster##*/}" \
        >"$ROOT/var/lib/rancher/k3s/server/tls/server-ca.crt"
    fi
    cp -R "$ROOT/var/lib/rancher/k3s/server/tls/." "$cluster/tls/"
    promoted=$now
  else
    supervisor "$joins" || return 1
    read -r id <"$WORLD/hosts/$found/cluster"
    cluster=$WORLD/clusters/$id
    [ "$token" = "$(cat "$cluster/token")" ] || return 1
    has_quorum "$id" || return 1
    for file in "$cluster/members"/*; do
      read -r _ promoted <"$file"
      # etcd takes one learner at a time; k3s takes no second member of a node.
      [ "$promoted" -le "$now" ] || return 1
      case "${file##*/}" in "$name"-????????) return 1 ;; esac
    done
    promoted=$((now + 20))
  fi
  read -r serial <"$WORLD/serial"
  serial=$((serial + 1))
  echo "$serial" >"$WORLD/serial"
  member=$name-$(printf '%08x' "$serial")
  echo "$address $promoted" >"$cluster/members/$member"
  mkdir -p "$cluster/nodes/$name" "$etcd/member/wal" "$ROOT/var/lib/rancher/k3s/server/tls"
  echo "$member" >"$etcd/name"
  # A joining server gets the authorities from its peer, whatever lies on its disk.
  cp -R "$cluster/tls/." "$ROOT/var/lib/rancher/k3s/server/tls/"
  : >"$cluster/nodes/$name/etcd"
  echo "$member" >"$cluster/nodes/$name/member"
  rm -f "$cluster/nodes/$name/removed"
  echo "${cluster##*/}" >"$HOST/cluster"
  if [ -e "$WORLD/kubeconfig" ]; then
    cp "$WORLD/kubeconfig" "$config/k3s.yaml"
  else
    printf 'apiVersion: v1\nkind: Config\n' >"$config/k3s.yaml"
  fi
  chmod 0600 "$config/k3s.yaml"
}

# reset FILE: as --cluster-reset with --cluster-reset-restore-path does: this server is the only member, with the data of
# the file; what it had lies beside. $WORLD/clusters/<id>/data is what etcd keeps.
reset() {
  config=$ROOT/etc/rancher/k3s
  name=$(sed -n 's/^node-name: "\(.*\)"$/\1/p' "$config/config.yaml")
  if [ -e "$HOST/units/k3s.active" ]; then
    echo 'level=fatal msg="k3s is running: bind: address already in use"'
    leave 1
  fi
  if grep -q '^server:' "$config/config.yaml.d/10-membership.yaml"; then
    echo 'level=fatal msg="cannot perform cluster-reset while server URL is set - remove server from configuration before resetting"'
    leave 1
  fi
  if [ -e "$etcd/../reset-flag" ]; then
    echo 'level=fatal msg="managed etcd cluster membership was reset recently: delete reset-flag"'
    leave 1
  fi
  if [ ! -s "$1" ]; then
    echo "level=fatal msg=\"etcd: snapshot path does not exist: $1\""
    leave 1
  fi
  read -r id <"$HOST/cluster"
  cluster=$WORLD/clusters/$id
  read -r address <"$HOST/address"
  read -r serial <"$WORLD/serial"
  serial=$((serial + 1))
  echo "$serial" >"$WORLD/serial"
  if [ -d "$etcd" ]; then mv "$etcd" "$etcd-old-$serial"; fi
  rm -f "$cluster/members"/*
  member=$name-$(printf '%08x' "$serial")
  mkdir -p "$etcd/member/wal"
  echo "$member" >"$etcd/name"
  echo "$address $now" >"$cluster/members/$member"
  cp "$1" "$cluster/data"
  mkdir -p "$cluster/nodes/$name"
  echo "$member" >"$cluster/nodes/$name/member"
  : >"$etcd/../reset-flag"
  echo 'level=info msg="Managed etcd cluster membership has been reset, restart without --cluster-reset flag now."'
}
