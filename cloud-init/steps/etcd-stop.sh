# Stops k3s on a server whose etcd is about to be replaced. Containers go on without it. Of a restore that has come
# past this server already ($restore), it is left alone.
# shellcheck shell=sh disable=SC2154 # name, restore come from the step's parameters
if [ -n "$restore" ] && [ "$(cat "$ROOT/var/lib/groundwork/etcd-restore" 2>/dev/null)" = "$restore" ]; then
  say "$name has come back already"
  exit 0
fi
systemctl stop k3s || fail "k3s does not stop on $name: see 'systemctl status k3s' there; run again"
say "$name has stopped"
