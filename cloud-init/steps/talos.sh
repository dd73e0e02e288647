# Functions of the steps that drive Talos machines with talosctl, from where the program runs. Put in front of each, after
# lib.sh and waiting.sh. Standard input begins with the talosconfig, one line of base64; it is kept in a directory that
# goes with the step.
# shellcheck shell=sh

for program in talosctl kubectl; do
  command -v "$program" >/dev/null 2>&1 ||
    fail "$program is not on PATH, and Talos machines are reached by nothing else: install it (https://docs.siderolabs.com/talos/latest/getting-started/talosctl), then run again. Nothing was changed"
done

umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# take FILE WHAT: the next line of standard input, decoded.
take() {
  IFS= read -r line || [ -n "$line" ] || fail "standard input ended before $2"
  printf '%s' "$line" | base64 -d >"$work/$1" || fail "$2 on standard input is not base64"
}

# talos ADDRESS COMMAND...: as the cluster's administrator. No call may hang for longer than a machine takes to answer.
talos() {
  talos_at=$1
  shift
  timeout 60 talosctl --talosconfig "$work/talosconfig" --endpoints "$talos_at" --nodes "$talos_at" "$@"
}

# answers ADDRESS: it runs Talos and belongs to this cluster.
answers() {
  talos "$1" version --short >/dev/null 2>&1
}

# maintained ADDRESS: it runs Talos and waits for a configuration.
maintained() {
  timeout 20 talosctl --nodes "$1" get disks --insecure >"$work/disks" 2>/dev/null
}

# members ADDRESS: etcd's own list, one line each: id|name|voter or learner|address. Nothing when it does not answer.
members() {
  talos "$1" etcd members 2>/dev/null | awk '
    NR == 1 { for (i = 1; i <= NF; i++) if ($i == "HOSTNAME") name = i; next }
    name {
      split($(name + 1), url, "[/:,]+")
      print $(name - 1) "|" $name "|" ($NF == "true" ? "learner" : "voter") "|" url[2]
    }'
}

# healthy ADDRESS SERVICE
healthy() {
  talos "$1" service "$2" 2>/dev/null | grep -Eq '^HEALTH +OK'
}

take talosconfig "the talosconfig"
