# On another control plane (or, for the first node, on itself): waits until node $name is Ready and, if it is a control
# plane, a healthy voting member of an etcd whose every member is healthy. With ready=no, being registered is enough as
# long as no other node is Ready: where the pods' network comes with the platform, none is before.
# shellcheck shell=sh disable=SC2154 # name, role come from the step's parameters

# Sets $missing to the first thing that is not yet as it must be.
complete() {
  missing="the API server does not answer"
  table=$(nodes 2>/dev/null) || return 1
  missing="no Node named $name is registered"
  row=$(printf '%s\n' "$table" | grep "^$name|") || return 1
  wanted=${ready:-yes}
  if printf '%s\n' "$table" | awk -F '|' -v name="$name" '$1 != name && $2 == "True" { found = 1 } END { exit !found }'; then
    wanted=yes
  fi
  missing="Node $name is not Ready"
  [ "$wanted" = no ] || [ "$(printf '%s\n' "$row" | cut -d '|' -f 2)" = True ] || return 1
  [ "$role" = server ] || return 0

  missing="etcd's member list cannot be read"
  list=$(members 2>/dev/null) || return 1
  missing="etcd does not list $name as a voting member"
  printf '%s\n' "$list" | members_of "$name" | grep -q '|voter$' || return 1
  missing="etcd still has a member that does not vote: $(printf '%s\n' "$list" | grep -v '|voter$' | tr '\n' ' ')"
  [ "$(printf '%s\n' "$list" | count '|voter$')" = "$(printf '%s\n' "$list" | count .)" ] || return 1
  for member in $(printf '%s\n' "$list" | cut -d '|' -f 1); do
    missing="etcd member $member is not healthy, or no Node has it"
    printf '%s\n' "$table" | awk -F '|' -v member="$member" -v ready="$wanted" '$5 == member && ($2 == "True" || ready == "no") && $4 == "True" { found = 1 } END { exit !found }' || return 1
  done
}

wait_for 5 complete ||
  fail "$name is not a complete part of the cluster after ${timeout}s: $missing. Look at 'k3s kubectl describe node $name' and at 'journalctl -u k3s' on $name; run again when it is corrected"
say "$name is $([ "$wanted" = yes ] && printf Ready || printf registered)$([ "$role" != server ] || printf ', and a healthy voting member of etcd')"
