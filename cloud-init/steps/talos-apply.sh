# Gives the machine at $address its configuration, the second line of standard input: to one in maintenance mode without
# credentials, since it has none to check; to a member of the cluster as the administrator. A member that runs another
# image than the configuration names is upgraded first, drained by Talos itself.
# shellcheck shell=sh disable=SC2154 # name, address, disk come from the step's parameters

take machine.yaml "the machine configuration"

reachable() {
  answers "$address" || maintained "$address"
}

# field NAME VALUE FIELD: of the YAML on standard input, FIELD after the line "NAME: VALUE".
field() {
  awk -v name="$1:" -v value="$2" -v field="$3:" '
    $1 == name && (value == "" || $2 == value) { found = 1 }
    found && $1 == field { print $2; exit }'
}

# minor RELEASE: 13 of v1.13.9
minor() {
  minor_of=${1#v*.}
  printf '%s\n' "${minor_of%%.*}"
}

upgrade() {
  image=$(field install "" image <"$work/machine.yaml")
  wanted=${image##*:}
  schematic=${image%:*}
  schematic=${schematic##*/}
  running=$(talos "$address" version | awk '/^Server/ { server = 1 } server && $1 == "Tag:" { print $2; exit }')
  [ -n "$running" ] || fail "$name does not say which release of Talos it runs: nothing was changed"
  # An image that is not Image Factory's has no schematic to compare.
  built=$(talos "$address" get extensions -o yaml | field name schematic version)
  if [ "$running" = "$wanted" ]; then
    [ -n "$built" ] && [ "$built" != "$schematic" ] || return 0
  fi
  steps=$(($(minor "$wanted") - $(minor "$running")))
  [ "$steps" -ge 0 ] ||
    fail "$name runs Talos $running, from which no way leads back to $wanted: nothing was changed. Write $running into the stack file, or replace the machine with a higher generation"
  [ "$steps" -le 1 ] ||
    fail "$name runs Talos $running, and no minor may be left out on the way to $wanted: nothing was changed. Go to a release of 1.$(($(minor "$running") + 1)) first"
  say "$name goes from Talos $running to $image"
  timeout "$(left)" talosctl --talosconfig "$work/talosconfig" --endpoints "$address" --nodes "$address" upgrade --image "$image" >&2 ||
    fail "$name could not be upgraded to $image: look at 'talosctl --nodes $address dmesg'. A machine whose new image does not boot goes back to its old one by itself"
  wait_for 5 answers "$address" || fail "$name does not answer at $address after its upgrade: look at its console"
}

wait_for 5 reachable ||
  fail "$name does not answer at $address after ${timeout}s, neither as a member of this cluster nor in maintenance mode: boot it from its image. If it belongs to another cluster, reset it with that one's talosconfig"

if answers "$address"; then
  upgrade
  talos "$address" apply-config --mode auto --file "$work/machine.yaml" >&2 || fail "$name refuses its configuration"
else
  if [ -n "$disk" ]; then
    timeout 20 talosctl --nodes "$address" get disks --insecure -o yaml >"$work/disks.yaml" || fail "$name does not say which disks it has"
    grep -Eq "[ \"]$disk\"?$" "$work/disks.yaml" ||
      fail "$name has no disk $disk: nothing was changed. It has: $(awk '$1 == "dev_path:" { printf "%s ", $2 }' "$work/disks.yaml"). Name one of them in the stack file"
  fi
  timeout 60 talosctl --nodes "$address" apply-config --insecure --file "$work/machine.yaml" >&2 || fail "$name refuses its configuration"
fi
wait_for 5 answers "$address" ||
  fail "$name took its configuration and does not answer at $address after ${timeout}s: look at its console. Run again when it is corrected"
say "$name has its configuration"
