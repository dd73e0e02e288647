# Takes etcd's data from a server, so that it joins the restored cluster as a new member; once for each restore. The data
# stays beside until the next restore, snapshots where they are.
# shellcheck shell=sh disable=SC2154 # name, restore, peer come from the step's parameters
db=/var/lib/rancher/k3s/server/db
mark=/var/lib/groundwork/etcd-restore
if [ "$(cat "$ROOT$mark" 2>/dev/null)" = "$restore" ]; then
  say "$name is a member of the restored cluster, or about to be one"
  exit 0
fi
systemctl stop k3s || fail "k3s does not stop on $name: see 'systemctl status k3s' there; run again"
# First: the server that began the cluster would begin another one without its data, should the machine restart now.
printf 'server: "https://%s"\n' "$peer" | replace /etc/rancher/k3s/config.yaml.d/10-membership.yaml 0600 >&2
if [ -d "$ROOT$db/etcd" ]; then
  rm -rf "$ROOT$db/etcd-before-restore"
  mv "$ROOT$db/etcd" "$ROOT$db/etcd-before-restore"
fi
rm -f "$ROOT$db/reset-flag"
printf '%s\n' "$restore" | replace "$mark" 0600 >&2
say "$name has forgotten what it had"
