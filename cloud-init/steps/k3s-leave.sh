# On a control plane that stays: takes node $name out of the cluster. Works when the machine is dead already, and when
# an earlier run was cut off anywhere. Order after the Cluster API provider for k3s and k3s's own removal by annotation
# (k3s-io/k3s, pkg/etcd/member_controller.go): snapshot, cordon, drain, etcd member, Node.
# shellcheck shell=sh disable=SC2154 # name, drain, settle, force, holder come from the step's parameters
lock=groundwork-membership

# --- One change of membership at a time, whoever makes it: a ConfigMap that says who and until when. ---

lock_manifest() { # HOLDER EXPIRES RESOURCE_VERSION
  printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s","namespace":"kube-system"%s},"data":{"holder":"%s","expires":"%s"}}\n' \
    "$lock" "${3:+,\"resourceVersion\":\"$3\"}" "$1" "$2"
}

# Sets $held_by when another run has it.
take_lock() {
  expires=$((deadline + 60))
  if lock_manifest "$holder" "$expires" '' | kubectl create -f - >/dev/null 2>&1; then return 0; fi
  held=$(kubectl -n kube-system get configmap "$lock" -o jsonpath='{.data.holder}|{.data.expires}|{.metadata.resourceVersion}' 2>/dev/null) || return 1
  held_by=$(printf '%s\n' "$held" | cut -d '|' -f 1)
  held_until=$(printf '%s\n' "$held" | cut -d '|' -f 2)
  if [ "$held_by" != "$holder" ] && [ "${held_until:-0}" -gt "$(date +%s)" ]; then return 1; fi
  # Ours from a run that was cut off, or expired. The resource version lets only one of two such runs win.
  lock_manifest "$holder" "$expires" "$(printf '%s\n' "$held" | cut -d '|' -f 3)" | kubectl replace -f - >/dev/null 2>&1
}

release_lock() {
  if [ "$(kubectl -n kube-system get configmap "$lock" -o jsonpath='{.data.holder}' 2>/dev/null)" = "$holder" ]; then
    kubectl -n kube-system delete configmap "$lock" --ignore-not-found >/dev/null 2>&1 || true
  fi
}

# --- What there is ---

api_answers() {
  table=$(nodes 2>/dev/null)
}

row_of() {
  printf '%s\n' "$table" | grep "^$1|"
}

field() { # ROW NUMBER
  printf '%s\n' "$1" | cut -d '|' -f "$2"
}

# Refuses unless every other member is a healthy voter and those that stay are a quorum of what then remains.
check_quorum() {
  table=$(nodes) || fail "the API server stopped answering: run again when it is back"
  list=$(members) || fail "etcd's member list cannot be read on this control plane: look at 'systemctl status k3s' here"
  voters=$(printf '%s\n' "$list" | count '|voter$')
  mine=$(printf '%s\n' "$list" | members_of "$name" | cut -d '|' -f 1)
  [ -n "$mine" ] || return 0

  staying=0 unwell=
  for entry in $(printf '%s\n' "$list"); do
    member=$(field "$entry" 1)
    case " $(printf '%s' "$mine" | tr '\n' ' ') " in *" $member "*) continue ;; esac
    if [ "$(field "$entry" 3)" = voter ] &&
      printf '%s\n' "$table" | awk -F '|' -v member="$member" '$5 == member && $2 == "True" && $4 == "True" { found = 1 } END { exit !found }'; then
      staying=$((staying + 1))
    else
      unwell="$unwell ${member:-a member at $(field "$entry" 2) that never started}"
    fi
  done
  leaving=$(printf '%s\n' "$list" | members_of "$name" | count '|voter$')
  remaining=$((voters - leaving))
  quorum=$((remaining / 2 + 1))

  [ "$remaining" -gt 0 ] ||
    fail "$name holds the last etcd member, and removing it would end the cluster: nothing was changed. To remove the cluster, destroy the stack"
  [ "$staying" -ge "$quorum" ] ||
    fail "removing $name would leave $staying healthy of $remaining etcd members, and $quorum are needed: nothing was changed. Not healthy:$unwell. Bring those back, or remove them first; then run again"
  [ -z "$unwell" ] ||
    fail "etcd has other members that are not healthy voters:$unwell. Two changes at once risk the quorum: nothing was changed. Bring them back, or remove them before $name; then run again"
}

# --- What is done ---

snapshot() {
  k3s etcd-snapshot save --name groundwork-leave >/dev/null ||
    fail "no etcd snapshot could be taken on this control plane: nothing was changed. See why with 'k3s etcd-snapshot save'; then run again"
  # Snapshots made on demand are never deleted by k3s itself.
  k3s etcd-snapshot prune --name groundwork-leave --snapshot-retention 5 >/dev/null ||
    say "older snapshots named groundwork-leave could not be pruned; delete them with 'k3s etcd-snapshot delete'"
}

empty_node() {
  retry 4 kubectl cordon "$name" >/dev/null || fail "Node $name could not be cordoned: nothing was changed. Run again"
  if [ "$(field "$(row_of "$name")" 2)" != True ]; then
    # Nothing there can shut down in an orderly way; its pods are replaced once the Node is gone.
    say "$name does not answer: its pods are not waited for"
    return 0
  fi
  drain_for=$drain
  [ "$drain_for" -le "$(left)" ] || drain_for=$(left)
  # Without kubectl()'s request timeout: a drain is one long wait.
  if ! k3s kubectl drain "$name" --ignore-daemonsets --delete-emptydir-data --force --timeout="${drain_for}s" >/dev/null; then
    [ "$force" = true ] ||
      fail "$name could not be drained in ${drain_for}s; it stays cordoned and in the cluster. See what holds it with 'k3s kubectl get poddisruptionbudgets -A' and 'k3s kubectl get pods -A --field-selector spec.nodeName=$name'; correct that, or allow more time; then run again"
    say "$name could not be drained in ${drain_for}s; going on, as asked"
  fi
}

member_gone() {
  list=$(members 2>/dev/null) || return 1
  [ -z "$(printf '%s\n' "$list" | members_of "$name")" ] || return 1
  table=$(nodes 2>/dev/null) || return 1
  # With no Node there is nobody to wait for; with one, k3s notes the removal on it.
  row=$(row_of "$name") || return 0
  [ -n "$(field "$row" 6)" ]
}

remove_member() {
  list=$(members) || fail "etcd's member list cannot be read on this control plane: run again"
  entry=$(printf '%s\n' "$list" | members_of "$name" | head -n 1)
  [ -n "$entry" ] || return 0
  if ! row_of "$name" >/dev/null; then
    # A Node that was deleted by force leaves its member behind, and k3s removes members only on behalf of Nodes: this
    # one stands in for it.
    say "etcd still has $(field "$entry" 1), whose Node is gone"
    printf '{"apiVersion":"v1","kind":"Node","metadata":{"name":"%s","labels":{"node-role.kubernetes.io/etcd":"true"},"annotations":{"etcd.k3s.cattle.io/node-name":"%s","etcd.k3s.cattle.io/node-address":"%s"}},"spec":{"unschedulable":true}}\n' \
      "$name" "$(field "$entry" 1)" "$(field "$entry" 2)" | kubectl create -f - >/dev/null ||
      fail "no Node could be made to stand in for $name: run again"
  fi
  retry 4 kubectl annotate node "$name" etcd.k3s.cattle.io/remove=true --overwrite >/dev/null ||
    fail "Node $name could not be marked for removal from etcd: run again"
  wait_for 5 member_gone ||
    fail "k3s did not remove the etcd member of $name in time: look at 'journalctl -u k3s' on the control planes for 'managed-etcd-controller'; then run again"
  say "etcd member $(field "$entry" 1) is removed"
}

node_gone() {
  table=$(nodes 2>/dev/null) || return 1
  ! row_of "$name" >/dev/null
}

wait_for 5 api_answers ||
  fail "the API server on this control plane does not answer, so $name cannot be removed in order. If etcd has lost its quorum, restore it from a snapshot first"

list=$(members) || fail "etcd's member list cannot be read on this control plane: look at 'systemctl status k3s' here"
if ! row_of "$name" >/dev/null && [ -z "$(printf '%s\n' "$list" | members_of "$name")" ]; then
  # A run that was cut off at its very end left its lock.
  release_lock
  say "$name is not in the cluster"
  exit 0
fi

trap release_lock EXIT
held_by=
wait_for 10 take_lock ||
  fail "another change of the cluster's members is under way: ${held_by:-unknown} holds the ConfigMap kube-system/$lock until $(date -u -d "@${held_until:-0}" 2>/dev/null || printf '%s' "${held_until:-?}"). Wait for it to end, and run again"

if [ "$role" = server ]; then
  check_quorum
  # The condition that says a member is healthy is up to 15 s old: a member that just died still looks well.
  sleep "$settle"
  check_quorum
  snapshot
fi
if row_of "$name" >/dev/null; then empty_node; fi
if [ "$role" = server ]; then remove_member; fi
retry 4 kubectl delete node "$name" --ignore-not-found --wait=false >/dev/null ||
  fail "Node $name could not be deleted: run again"
wait_for 2 node_gone || fail "Node $name does not go away: look at its finalizers with 'k3s kubectl get node $name -o yaml'"
say "$name has left the cluster"
