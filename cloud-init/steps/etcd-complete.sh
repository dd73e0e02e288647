# Every server is back: the next restore of the same snapshot is another one.
# shellcheck shell=sh disable=SC2154 # name, restore come from the step's parameters
printf '%s complete\n' "$restore" | replace /var/lib/groundwork/etcd-restoring 0600 >&2
say "the restore is complete"
