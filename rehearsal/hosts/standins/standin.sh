#!/bin/sh
# Stands in for the commands that the node scripts call, over a simulated world of files: dispatched by the name that it
# is called by. Written by what the real commands and k3s document, so that a script which relies on more than that fails.
#
#   $WORLD/clock                          seconds. Alone: moved on by sleep. With two more numbers (hundredths of a second
#                                         that this machine was up then, and a speed): it runs by itself, so much faster
#   $WORLD/endpoints/<address>            addresses behind a load balancer
#   $WORLD/routers/<address>              addresses of the machines that this router sends outgoing traffic to
#   $WORLD/drains                         names of the nodes that were drained, in order
#   $WORLD/docker/<address>               the socket of a simulated Docker on that machine: daemon.sh
#   $WORLD/sums/<checksum>                the checksum that a file with this one stands for
#   $WORLD/kubeconfig                     what a k3s server writes as its administrator's; absent: an empty one
#   $WORLD/hosts/<address>/               = $HOST of that machine: name, root/, units/<unit>.active, cluster, down
#   $WORLD/clusters/<id>/                 token, agent-token, lock, snapshots, data, members/<member>, nodes/<name>/
#
# A member file holds: address and the time of its promotion. A node folder: address, ready (a time), etcd, member,
# removed, cordoned, pods. KILL_AFTER=n ends the whole script, as a lost connection would, after its n-th command.
# shellcheck disable=SC2031 # catch_up has another machine's in its own subshell
set -eu
path=$PATH
PATH=/usr/bin:/bin
command=${0##*/}
printf '%s\n' "$command $*" >>"$HOST/log"
if [ -n "${KILL_AFTER:-}" ]; then
  calls=0
  if [ -e "$HOST/calls" ]; then read -r calls <"$HOST/calls"; fi
  calls=$((calls + 1))
  echo "$calls" >"$HOST/calls"
fi
read -r now since speed <"$WORLD/clock"
if [ -n "$since" ]; then
  read -r uptime _ </proc/uptime
  now=$((now + (${uptime%.*}${uptime#*.} - since) * speed / 100))
fi

leave() {
  if [ -n "${KILL_AFTER:-}" ] && [ "$KILL_AFTER" = "$calls" ]; then kill -KILL 0; fi
  exit "$1"
}

# scaled SECONDS: in seconds of this machine, as a clock that runs by itself has them.
scaled() {
  hundredths=$(($1 * 100 / speed))
  fraction=$((hundredths % 100))
  if [ "$fraction" -lt 10 ]; then fraction=0$fraction; fi
  scaled=$((hundredths / 100)).$fraction
}

pause() {
  if [ -n "$since" ]; then
    scaled "$1"
    sleep "$scaled"
  else
    now=$((now + $1))
    echo "$now" >"$WORLD/clock"
  fi
}

case "$command" in
  # Real, and counted: a script can be cut off between any two of these.
  mv | cp | rm | chmod | mkdir | ln)
    "/bin/$command" "$@" || leave "$?"
    leave 0
    ;;
  sleep)
    pause "$1"
    leave 0
    ;;
  date)
    if [ "$*" = +%s ]; then echo "$now"; else printf 'at %s\n' "$*"; fi
    leave 0
    ;;
esac

unknown() {
  echo "stand-in: $command $* is not simulated" | tee -a "$WORLD/unknown" >&2
  leave 99
}

case "$command" in
  k3s | curl | systemctl)
    etcd=$ROOT/var/lib/rancher/k3s/server/db/etcd
    # shellcheck source=rehearsal/hosts/standins/cluster.sh
    . "$WORLD/standins/cluster.sh"
    # shellcheck source=rehearsal/hosts/standins/k3s.sh
    . "$WORLD/standins/k3s.sh"
    ;;
esac
case "$command" in
  k3s)
    # shellcheck source=rehearsal/hosts/standins/kubectl.sh
    . "$WORLD/standins/kubectl.sh"
    k3s "$@"
    ;;
  systemctl)
    # shellcheck source=rehearsal/hosts/standins/systemctl.sh
    . "$WORLD/standins/systemctl.sh"
    systemctl "$@"
    ;;
  docker | nixos-rebuild | pkill | swapon | umount)
    # shellcheck source=rehearsal/hosts/standins/host.sh
    . "$WORLD/standins/host.sh"
    case "$command" in
      docker) docker "$@" ;;
      nixos-rebuild) nixos_rebuild "$@" ;;
      umount) unmount "$@" ;;
      *) ;;
    esac
    ;;
  curl | ip | nft | apt-get | dpkg-query | pacman | tailscale)
    # shellcheck source=rehearsal/hosts/standins/network.sh
    . "$WORLD/standins/network.sh"
    case "$command" in
      apt-get) apt_get "$@" ;;
      dpkg-query) dpkg_query "$@" ;;
      *) "$command" "$@" ;;
    esac
    ;;
  timeout)
    limit=$1
    shift
    if [ -n "$since" ]; then
      scaled "$limit"
      PATH=$path /usr/bin/timeout --foreground "$scaled" "$@" || leave "$?"
    else
      PATH=$path "$@" || leave "$?"
    fi
    ;;
  cloud-init)
    while [ -n "$since" ] && [ "$(cat "$HOST/cloud-init")" = 'status: running' ]; do pause 1; done
    cat "$HOST/cloud-init"
    if [ "$(cat "$HOST/cloud-init")" != 'status: done' ]; then leave 1; fi
    ;;
  ssh-keygen)
    for file in "$@"; do :; done
    # shellcheck source=rehearsal/hosts/standins/sshd.sh
    . "$WORLD/standins/sshd.sh"
    public_half "$file" || leave 255
    ;;
  ssh-keyscan)
    # shellcheck source=rehearsal/hosts/standins/sshd.sh
    . "$WORLD/standins/sshd.sh"
    shown_keys | sed -n 's/^ssh-ed25519 /127.0.0.1 &/p'
    ;;
  sshd)
    # -t: what it refuses first is a configuration that names a key which is not there.
    for file in "$ROOT"/etc/ssh/sshd_config.d/*.conf; do
      if [ ! -e "$file" ]; then continue; fi
      keys=$(sed -n 's/^HostKey  *//p' "$file")
      for key in $keys; do grep -q 'PRIVATE KEY-----$' "$ROOT$key" || leave 1; done
    done
    ;;
  sha256sum)
    sha256sum "$@" | while read -r sum rest; do
      if [ -e "$WORLD/sums/$sum" ]; then read -r sum <"$WORLD/sums/$sum"; fi
      printf '%s  %s\n' "$sum" "$rest"
    done
    ;;
  uname) cat "$HOST/machine" ;;
  journalctl) echo "level=fatal msg=\"the journal of $2\"" ;;
  sysctl | swapoff | modprobe | hostnamectl) ;;
  *) unknown "$@" ;;
esac
leave 0
