# Functions of the steps: put in front of each, after lib.sh and waiting.sh.
# shellcheck shell=sh disable=SC2154 # deadline comes from waiting.sh

# A login without a shell profile may lack these.
PATH=$PATH:$ROOT/usr/local/bin:$ROOT/usr/sbin:$ROOT/sbin

# No call to the API may outlive the step.
kubectl() {
  k3s kubectl --request-timeout=10s "$@"
}

# nodes: one line each: name|Ready|etcd label|EtcdIsVoter|etcd member|name of the removed member.
# EtcdIsVoter is kept by k3s on the etcd leader, every 15 s: True only for a started, healthy voter
# (k3s-io/k3s, pkg/etcd/etcd.go, manageLearners).
nodes() {
  kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name}|{.status.conditions[?(@.type=="Ready")].status}|{.metadata.labels.node-role\.kubernetes\.io/etcd}|{.status.conditions[?(@.type=="EtcdIsVoter")].status}|{.metadata.annotations.etcd\.k3s\.cattle\.io/node-name}|{.metadata.annotations.etcd\.k3s\.cattle\.io/removed-node-name}{"\n"}{end}'
}

# members: etcd's own list, one line each: name|address|voter or learner. From the k3s supervisor, which answers the
# machine itself without a token (k3s-io/k3s, pkg/server/auth, IsLocalOrHasRole); there is no etcdctl on a k3s node.
# A member that was added and never started has no name yet.
members() {
  members_json=$(curl -fsS --max-time 10 --cacert "$ROOT/var/lib/rancher/k3s/server/tls/server-ca.crt" \
    https://127.0.0.1:6443/db/info) || return 1
  printf '%s\n' "$members_json" | tr '{' '\n' | awk '
    /"peerURLs"/ {
      name = ""; address = ""; state = "voter"
      if (match($0, /"name":"[^"]*"/)) name = substr($0, RSTART + 8, RLENGTH - 9)
      if (match($0, /"peerURLs":\["https:\/\/[^"]*"/)) {
        address = substr($0, RSTART + 21, RLENGTH - 22)
        sub(/:[0-9]+$/, "", address)
      }
      if ($0 ~ /"isLearner":true/) state = "learner"
      print name "|" address "|" state
    }'
}

# members_of NODE <members: k3s names a member <node>-<8 hex digits>.
members_of() {
  awk -F '|' -v node="$1" 'index($1, node "-") == 1 && substr($1, length(node) + 2) ~ /^[0-9a-f]+$/ && length($1) == length(node) + 9'
}

# count PATTERN <lines
count() {
  grep -c -- "$1" || true
}

# tail_of UNIT: its last words, for the error message.
tail_of() {
  say "last lines of $1:"
  journalctl -u "$1" -n 30 --no-pager -o cat 2>/dev/null | sed 's/^/  /' >&2 || true
}

# set_up: the bootstrap has ended well.
set_up() {
  [ -f "$ROOT/var/lib/groundwork/bootstrapped" ]
}

# wait_boot: waits for the end of cloud-init, and for the bootstrap to have ended well.
wait_boot() {
  if command -v cloud-init >/dev/null 2>&1; then
    boot_status=$(timeout "$(left)" cloud-init status --wait --long 2>&1) || true
  else
    boot_status="there is no cloud-init on this machine"
    wait_for 5 set_up || true
  fi
  # Not by cloud-init's verdict: it calls a deprecated key an error as well. What counts is that our last step was done.
  if ! set_up; then
    say "this machine is not set up. cloud-init says: $boot_status"
    if [ -f "$ROOT/var/lib/groundwork/failed-step" ]; then
      say "the step that failed: $(cat "$ROOT/var/lib/groundwork/failed-step")"
    fi
    if [ -f "$ROOT/var/log/cloud-init-output.log" ]; then
      say "last lines of /var/log/cloud-init-output.log:"
      tail -n 40 "$ROOT/var/log/cloud-init-output.log" | sed 's/^/  /' >&2
    fi
    systemctl --failed --no-legend --plain 2>/dev/null | sed 's/^/  failed unit: /' >&2 || true
    fail "correct it on the machine and run 'sh /usr/local/lib/groundwork/bootstrap.sh' there, or replace the node by raising its generation; then run again"
  fi
}
