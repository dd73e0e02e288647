#!/bin/sh
# daemon.sh PROGRAM ARGUMENT...: docker and k3d on a machine, as whoever simulates its Docker answers them at the socket
# $WORLD/docker/<address> (rehearsal/hosts/programs.ts).
PATH=/usr/bin:/bin
read -r address <"$HOST/address"
program=$1
shift
# A path to a socket may be no longer than some hundred letters.
cd "$WORLD/docker" || exit 97
case "$*" in *"--config -"*) input=$(cat) ;; *) input= ;; esac
eval "$({ printf '%s\0' "$#" "$program" "$@"; printf %s "$input"; } |
  curl --silent --show-error --unix-socket "$address" --data-binary @- http://world/)"
