# On a control plane: prints the snapshots on its disk, "<file>|<bytes>|<sha256>" each. It need not run.
# shellcheck shell=sh
for file in "$ROOT/var/lib/rancher/k3s/server/db/snapshots"/*; do
  if [ ! -s "$file" ]; then continue; fi
  printf '%s|%s|%s\n' "${file##*/}" "$(wc -c <"$file" | tr -d ' ')" "$(sha256sum "$file" | cut -d ' ' -f 1)"
done
