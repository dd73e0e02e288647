# Puts a snapshot in the place of etcd's data on this server, which is then the only member. Prints the restore's name, by
# which a run that was cut off goes on: "restore <snapshot> <time>".
# shellcheck shell=sh disable=SC2154 # name, snapshot come from the step's parameters
db=/var/lib/rancher/k3s/server/db
mark=/var/lib/groundwork/etcd-restoring
file=$db/snapshots/$snapshot

[ -s "$ROOT$file" ] || fail "$name has no snapshot $snapshot"

# State of the last restore on this server: "<snapshot> <time> begun", "... restored" or "... complete".
last=$(cat "$ROOT$mark" 2>/dev/null || true)
case "$last" in
  "$snapshot "*" restored")
    restore=${last% restored}
    say "$name has the data of $snapshot already, and goes on with it"
    ;;
  *)
    restore="$snapshot $(date +%s)"
    systemctl stop k3s || fail "k3s does not stop on $name: see 'systemctl status k3s' there; run again"
    # It resets no server that is to join another.
    printf 'cluster-init: true\n' | replace /etc/rancher/k3s/config.yaml.d/10-membership.yaml 0600 >&2
    printf '%s begun\n' "$restore" | replace "$mark" 0600 >&2
    # Left by an earlier reset, and in the way of this one.
    rm -f "$ROOT$db/reset-flag"
    say "$name resets the cluster to $snapshot"
    log=$ROOT/var/log/groundwork-etcd-restore.log
    mkdir -p "${log%/*}"
    timeout "$(left)" k3s server --cluster-reset "--cluster-reset-restore-path=$ROOT$file" >"$log" 2>&1 || {
      say "last lines of k3s:"
      tail -n 20 "$log" | sed 's/^/  /' >&2
      fail "$snapshot was not restored on $name; what was there lies in $db. Run again when the reason is gone, or restore another snapshot"
    }
    printf '%s restored\n' "$restore" | replace "$mark" 0600 >&2
    ;;
esac
systemctl is-active --quiet k3s || systemctl start --no-block k3s

healthy() {
  [ "$(kubectl get --raw /readyz 2>/dev/null)" = ok ] || return 1
  list=$(members 2>/dev/null) || return 1
  printf '%s\n' "$list" | members_of "$name" | grep -q '|voter$'
}
if ! wait_for 5 healthy; then
  tail_of k3s
  fail "k3s on $name is not healthy with the restored data. Look at 'journalctl -u k3s' there; run again"
fi
say "$name answers with the data of $snapshot"
printf 'restore %s\n' "$restore"
