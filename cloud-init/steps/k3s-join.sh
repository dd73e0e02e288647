# Starts k3s on this machine and waits until it is healthy.
# stdin: server token (servers only), then agent token; one line each. For servers of a cluster with certificate
# authorities of its own these too, a line each: <file below server/tls> <base64>.
# shellcheck shell=sh disable=SC2154 # role, name, endpoint, peers come from the step's parameters
data=/var/lib/rancher/k3s
membership=/etc/rancher/k3s/config.yaml.d/10-membership.yaml
marker=/etc/groundwork/init

authorities=

case "$role" in
  server)
    unit=k3s
    { IFS= read -r server_token && IFS= read -r agent_token; } ||
      fail "two lines are expected on standard input: the server token, then the agent token"
    authorities=$(cat)
    ;;
  *)
    unit=k3s-agent
    IFS= read -r agent_token || fail "one line is expected on standard input: the agent token"
    ;;
esac

# answers HOST:PORT: a k3s supervisor is there. No secret is sent, and its certificate cannot be known before joining,
# so it is not checked; k3s itself checks it against the hash in the token.
answers() {
  [ "$(curl -ks --connect-timeout 3 --max-time 5 "https://$1/ping")" = pong ]
}

# any_server: sets $found to the first of peers and endpoint that answers.
any_server() {
  for candidate in $peers $endpoint; do
    if answers "$candidate"; then
      found=$candidate
      return 0
    fi
  done
  return 1
}

# root_of <certificates: the last one, which the others are under.
root_of() {
  awk '/-BEGIN /{ block = "" } { block = block $0 "\n" } END { printf "%s", block }'
}

# under_our_root WHAT <certificates: refuses those of another authority than this step was given. k3s never changes a
# cluster's root, and a server with another one would be refused by all of its peers.
under_our_root() {
  there=$(root_of)
  if [ -z "$authorities" ]; then return 0; fi
  [ "$there" = "$(printf '%s\n' "$authorities" | sed -n 's/^server-ca\.crt //p' | base64 -d | root_of)" ] ||
    fail "the certificates of $1 are under another root than that of groundwork:cluster.authority, and a cluster keeps the one that it was made with: put the setting back as it was then, or make the cluster anew"
}

# Before k3s's first start: it takes the authorities that it finds, and makes those that it does not.
install_authorities() {
  if [ -z "$authorities" ]; then return 0; fi
  (umask 077 && mkdir -p "$ROOT$data/server/tls/etcd")
  printf '%s\n' "$authorities" | while read -r file content; do
    printf '%s\n' "$content" | base64 -d | replace "$data/server/tls/$file" 0600
  done
}

# The one place that decides whether this node starts a cluster, joins one, or goes on with what it has.
decide() {
  if [ -f "$ROOT$data/server/db/etcd/tombstone" ]; then
    fail "the etcd member of $name was removed from the cluster, so it may not start: replace the node by raising its generation, or, to let it join anew, delete $data/server/db/etcd on it"
  fi
  if [ -d "$ROOT$data/server/db/etcd/member/wal" ]; then
    say "$name has etcd data and goes on as the member that it is"
    under_our_root "$name" <"$ROOT$data/server/tls/server-ca.crt"
    return 0
  fi
  # A peer may be restarting: asked several times before it counts as absent.
  if [ -f "$ROOT$marker" ]; then
    for attempt in 1 2 3; do
      if any_server; then break; fi
      [ "$attempt" = 3 ] || sleep 5
    done
    if [ -z "${found:-}" ]; then
      say "no other server answers and $name may start the cluster: it does"
      install_authorities
      printf 'cluster-init: true\n' | replace "$membership" 0600
      return 0
    fi
  elif ! wait_for 5 any_server; then
    fail "none of the servers $peers $endpoint answers on /ping, and $name may not start a cluster of its own (only the first node of a cluster that never existed may). Start k3s on one of them, or restore the cluster from a snapshot; then run again"
  fi
  say "$name joins through $found"
  if [ -n "$authorities" ]; then
    theirs=$(curl -ks --connect-timeout 3 --max-time 5 "https://$found/cacerts") ||
      fail "$found answers on /ping and does not show its certificates on /cacerts. Look at k3s there; run again"
    printf '%s\n' "$theirs" | under_our_root "$found" || exit 1
  fi
  printf 'server: "https://%s"\n' "$found" | replace "$membership" 0600
}

endpoint_answers() {
  answers "$endpoint"
}

wait_boot
if [ "$role" = server ]; then
  decide
  printf '%s\n' "$server_token" | replace /etc/rancher/k3s/token 0600
  printf '%s\n' "$agent_token" | replace /etc/rancher/k3s/agent-token 0600
else
  wait_for 5 endpoint_answers ||
    fail "the cluster's endpoint $endpoint does not answer on /ping: $name cannot join. Look at the load balancer or address behind it, and at k3s on the control planes"
  printf '%s\n' "$agent_token" | replace /etc/rancher/k3s/token 0600
fi

# Fails here, with its reason, rather than in a unit that restarts for ever.
sh "$ROOT/usr/local/lib/groundwork/k3s-address.sh"

digest=$(sha256sum "$ROOT/etc/rancher/k3s/config.yaml" | cut -d ' ' -f 1)
if systemctl is-active --quiet "$unit"; then
  # Started before, by this step or an earlier run of it. Only a changed configuration is worth a restart.
  if [ "$(cat "$ROOT/var/lib/groundwork/k3s-config" 2>/dev/null)" != "$digest" ]; then
    say "the configuration of $unit has changed: restarting it"
    systemctl restart --no-block "$unit"
  fi
else
  # NixOS has enabled it by its module, and lets nobody else do so.
  systemctl is-enabled --quiet "$unit" 2>/dev/null || systemctl enable --quiet "$unit"
  # Not waiting here: the unit may take for ever (TimeoutStartSec=0), this step may not.
  systemctl start --no-block "$unit"
fi
printf '%s\n' "$digest" | replace /var/lib/groundwork/k3s-config 0644

# Sets $missing to the first thing that is not yet as it must be.
healthy() {
  if [ "$role" = server ]; then
    missing="the API server's /readyz does not say ok"
    [ "$(kubectl get --raw /readyz 2>/dev/null)" = ok ] || return 1
    missing="etcd's member list cannot be read"
    list=$(members 2>/dev/null) || return 1
    missing="etcd does not list $name as a voting member"
    printf '%s\n' "$list" | members_of "$name" | grep -q '|voter$' || return 1
    missing="no Node named $name is registered"
    table=$(nodes 2>/dev/null) || return 1
    printf '%s\n' "$table" | grep -q "^$name|" || return 1
  else
    missing="no Node named $name is registered"
    kubectl --kubeconfig="$ROOT$data/agent/kubelet.kubeconfig" get node "$name" -o name >/dev/null 2>&1 || return 1
  fi
}

if ! wait_for 5 healthy; then
  tail_of "$unit"
  fail "$unit on $name is not healthy after ${timeout}s: $missing. Look at 'journalctl -u $unit' there; run again when it is corrected"
fi
# From now on an empty data directory on this node is a loss, not a beginning.
rm -f "$ROOT$marker"
say "$name is part of the cluster"
