# Looks which of $tools are on this machine. Prints the name of one that is missing; of docker and k3d the name and the
# version, or "silent: " and what it says instead.
# shellcheck shell=sh disable=SC2154 # tools come from the step's parameters
for tool in $tools; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    printf '%s\n' "$tool"
    continue
  fi
  case "$tool" in
    # The daemon's: a client alone makes nothing.
    docker) found=$(docker version --format '{{.Server.Version}}' 2>&1) || found="silent: $found" ;;
    k3d) found=$(k3d version 2>&1 | sed -n 's/^k3d version v*//p') ;;
    *) continue ;;
  esac
  printf '%s %s\n' "$tool" "$(printf '%s' "${found:-silent:}" | tr '\n' ' ')"
done
