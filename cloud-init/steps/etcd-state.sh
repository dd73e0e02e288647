# Prints the restore of this snapshot that was cut off on this server, "restore <snapshot> <time>"; nothing when there is
# none.
# shellcheck shell=sh disable=SC2154 # snapshot comes from the step's parameters
last=$(cat "$ROOT/var/lib/groundwork/etcd-restoring" 2>/dev/null || true)
case "$last" in
  "$snapshot "*" restored") printf 'restore %s\n' "${last% restored}" ;;
esac
