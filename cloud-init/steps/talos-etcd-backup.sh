# Brings a snapshot of etcd here, from the first control plane of $peers that gives one. $file appears whole or not at all.
# shellcheck shell=sh disable=SC2154 # peers, file come from the step's parameters
for each in $peers; do
  if ! answers "$each"; then
    say "$each does not answer"
    continue
  fi
  if timeout "$(left)" talosctl --talosconfig "$work/talosconfig" --endpoints "$each" --nodes "$each" etcd snapshot "$work/snapshot" >&2; then
    mkdir -p "${file%/*}"
    cp "$work/snapshot" "$file.partial"
    mv -f "$file.partial" "$file"
    printf '%s|%s\n' "$each" "$(wc -c <"$file" | tr -d ' ')"
    exit 0
  fi
  say "etcd at $each gives no snapshot"
done
fail "no control plane of $peers gives a snapshot: look at 'talosctl service etcd' on them, and run again"
