# Units: k3s's, the SSH daemon's, those that this project writes, and others, of which only the state is known.
# shellcheck shell=sh disable=SC2154 # path comes from standin.sh

systemctl() {
  verb=$1
  shift
  unit=
  for argument in "$@"; do case "$argument" in -*) ;; *) unit=${argument%.service} ;; esac; done
  case "$verb $unit" in *' kubepods.slice') return 0 ;; esac
  case "$verb" in
    is-active)
      case "$unit" in k3s | k3s-agent) exclusive && catch_up ;; esac
      [ -e "$HOST/units/$unit.active" ] || leave 3
      ;;
    is-enabled) [ -e "$HOST/units/$unit.enabled" ] || leave 1 ;;
    disable) rm -f "$HOST/units/$unit.enabled" ;;
    start | restart) start "$unit" ;;
    reload) perform "$unit" ExecReload ;;
    try-reload-or-restart)
      if [ "$unit" = sshd ]; then leave 5; fi
      if [ -e "$HOST/units/$unit.active" ]; then start "$unit"; fi
      ;;
    enable)
      # Units of NixOS are in the Nix store, and so are the links that enable them.
      if grep -qx ID=nixos "$ROOT/etc/os-release"; then
        echo "Failed to enable unit: File /etc/systemd/system/$unit.service: Read-only file system" >&2
        leave 1
      fi
      : >"$HOST/units/$unit.enabled"
      case "$*" in *--now*) start "$unit" ;; esac
      ;;
    stop)
      for unit in "$@"; do
        rm -f "$HOST/units/${unit%.service}.active" "$HOST/units/${unit%.service}.activating"
      done
      ;;
    cat) case "$unit" in apt-daily.timer | unattended-upgrades) ;; *) leave 1 ;; esac ;;
    mask | unmask | daemon-reload | --failed) ;;
    *) unknown "$verb" "$@" ;;
  esac
}

start() {
  case "$1" in
    k3s | k3s-agent)
      exclusive
      start_k3s "$1"
      return 0
      ;;
    sshd) leave 5 ;;
    ssh) load_sshd ;;
    *) perform "$1" ExecStart ;;
  esac
  : >"$HOST/units/$1.active"
}

# The daemon goes by what it has read when it started; $HOST/deaf-sshd: what listens is another one, which stays.
load_sshd() {
  if [ ! -d "$ROOT/etc/ssh" ] || [ -e "$HOST/deaf-sshd" ]; then return 0; fi
  # The end of the first boot and a step may ask at the same time: systemd does the jobs of a unit one by one.
  exec 9>"$HOST/jobs"
  flock 9
  rm -rf "$HOST/sshd.new"
  cp -r "$ROOT/etc/ssh" "$HOST/sshd.new"
  rm -rf "$HOST/sshd"
  mv "$HOST/sshd.new" "$HOST/sshd"
}

# perform UNIT ExecStart|ExecReload: the commands of a oneshot unit of this machine's; absolute paths are in its root.
perform() {
  file=$ROOT/etc/systemd/system/$1.service
  if [ ! -f "$file" ] || ! grep -q '^Type=oneshot$' "$file"; then return 0; fi
  commands=$(sed -n "s/^$2=//p" "$file")
  while read -r program rest; do
    # shellcheck disable=SC2086 # words, as systemd splits them
    set -- $rest
    for word in "$@"; do
      shift
      case "$word" in /*) word=$ROOT$word ;; esac
      set -- "$@" "$word"
    done
    PATH=$path "${program##*/}" "$@" </dev/null || leave 1
  done <<COMMANDS
$commands
COMMANDS
}
