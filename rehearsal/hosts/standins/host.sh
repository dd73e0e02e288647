# A host's own: NixOS, which is what its configuration says; what is mounted; Docker.
# shellcheck shell=sh

# Units of the modules that configuration.nix imports come and go with a rebuild; $HOST/nixos-rebuilds counts them.
nixos_rebuild() {
  [ "$*" = switch ] || unknown "$@"
  echo switch >>"$HOST/nixos-rebuilds"
  for unit in k3s k3s-agent tailscaled; do rm -f "$ROOT/etc/systemd/system/$unit.service" "$HOST/units/$unit.enabled"; done
  if ! grep -q 'groundwork\.nix' "$ROOT/etc/nixos/configuration.nix"; then return 0; fi
  [ -f "$ROOT/etc/nixos/groundwork.nix" ] || leave 1
  if ! grep -q 'groundwork\.json' "$ROOT/etc/nixos/groundwork.nix"; then return 0; fi
  unit=$(sed -n 's/.*"unit": "\([a-z0-9-]*\)".*/\1/p' "$ROOT/etc/nixos/groundwork.json")
  [ -n "$unit" ] || leave 1
  mkdir -p "$ROOT/etc/systemd/system"
  echo "from the module" >"$ROOT/etc/systemd/system/$unit.service"
  : >"$HOST/units/$unit.enabled"
  if grep -q '"tailnet": true' "$ROOT/etc/nixos/groundwork.json"; then
    mkdir -p "$HOST/bin"
    ln -sf "$WORLD/standins/standin.sh" "$HOST/bin/tailscale"
    : >"$HOST/units/tailscaled.enabled"
  fi
}

# $ROOT/proc/self/mounts, one less; -l too. $HOST/busy: a mount that does not go away.
unmount() {
  for mount in "$@"; do :; done
  inside=${mount#"$ROOT"}
  if [ "$(cat "$HOST/busy" 2>/dev/null)" = "$inside" ]; then leave 32; fi
  awk -v gone="$inside" '$2 != gone' "$ROOT/proc/self/mounts" >"$HOST/mounts.new"
  mv "$HOST/mounts.new" "$ROOT/proc/self/mounts"
}

# Docker as far as a machine is set up with it, or all of it where somebody simulates it. $HOST/docker-version: what the
# daemon is.
docker() {
  if [ ! -e "$HOST/units/docker.active" ]; then
    echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' >&2
    leave 1
  fi
  read -r address <"$HOST/address"
  if [ -S "$WORLD/docker/$address" ]; then
    sh "$WORLD/standins/daemon.sh" docker "$@" || leave "$?"
    return 0
  fi
  [ "$*" = 'version --format {{.Server.Version}}' ] || unknown "$@"
  cat "$HOST/docker-version" 2>/dev/null || echo '26.1.5+dfsg1'
}
