# Functions that the scripts on a node share. Installed as /usr/local/lib/groundwork/lib.sh, and put in front of every
# step that runs over SSH. ROOT is empty on a machine; tests set it to a scratch directory.
# shellcheck shell=sh

ROOT=${ROOT:-}

say() {
  printf 'groundwork: %s\n' "$*" >&2
}

fail() {
  say "$@"
  exit 1
}

# replace PATH MODE <content: writes PATH only when its content differs, and then prints "changed PATH".
# The file appears whole or not at all: a run that is cut off leaves the old one.
replace() {
  replace_to=$ROOT$1
  mkdir -p "${replace_to%/*}" || fail "cannot create ${1%/*}"
  (umask 077 && cat >"$replace_to.groundwork-new") || fail "cannot write $1: is the disk full or read-only?"
  chmod "$2" "$replace_to.groundwork-new" || fail "cannot set the mode of $1"
  if cmp -s "$replace_to.groundwork-new" "$replace_to"; then
    rm -f "$replace_to.groundwork-new"
    chmod "$2" "$replace_to" || fail "cannot set the mode of $1"
  else
    mv -f "$replace_to.groundwork-new" "$replace_to" || fail "cannot write $1"
    printf 'changed %s\n' "$1"
  fi
}

# interface_of ADDRESS: the name of the interface that carries it. Names differ between machine types (ens10, enp7s0,
# eth1) and can change with the hardware; the address is ours.
interface_of() {
  ip -o -4 addr show | awk -v address="$1" '{ split($4, parts, "/") } parts[1] == address { print $2; exit }'
}

# retry TIMES COMMAND...: with a longer pause after each failure.
retry() {
  retry_left=$1
  retry_pause=2
  shift
  until "$@"; do
    retry_left=$((retry_left - 1))
    [ "$retry_left" -gt 0 ] || return 1
    sleep "$retry_pause"
    retry_pause=$((retry_pause * 2))
  done
}
