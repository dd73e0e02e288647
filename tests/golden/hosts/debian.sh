#!/bin/sh
# groundwork step: machine-setup name=cp-1 timeout=900
set -eu
name='cp-1'
timeout='900'
# shellcheck shell=sh

ROOT=${ROOT:-}

say() {
  printf 'groundwork: %s\n' "$*" >&2
}

fail() {
  say "$@"
  exit 1
}

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

interface_of() {
  ip -o -4 addr show | awk -v address="$1" '{ split($4, parts, "/") } parts[1] == address { print $2; exit }'
}

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
# shellcheck shell=sh disable=SC2154 # timeout comes from the step's parameters

deadline=$(($(date +%s) + timeout))

left() {
  printf '%s\n' "$((deadline - $(date +%s)))"
}

wait_for() {
  wait_pause=$1
  shift
  until "$@"; do
    [ "$(left)" -gt "$wait_pause" ] || return 1
    sleep "$wait_pause"
  done
}
# shellcheck shell=sh disable=SC2154 # deadline comes from waiting.sh

PATH=$PATH:$ROOT/usr/local/bin:$ROOT/usr/sbin:$ROOT/sbin

kubectl() {
  k3s kubectl --request-timeout=10s "$@"
}

nodes() {
  kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name}|{.status.conditions[?(@.type=="Ready")].status}|{.metadata.labels.node-role\.kubernetes\.io/etcd}|{.status.conditions[?(@.type=="EtcdIsVoter")].status}|{.metadata.annotations.etcd\.k3s\.cattle\.io/node-name}|{.metadata.annotations.etcd\.k3s\.cattle\.io/removed-node-name}{"\n"}{end}'
}

members() {
  members_json=$(curl -fsS --max-time 10 --cacert "$ROOT/var/lib/rancher/k3s/server/tls/server-ca.crt" \
    https://127.0.0.1:6443/db/info) || return 1
  printf '%s\n' "$members_json" | tr '{' '\n' | awk '
    /"peerURLs"/ {
      name = ""; address = ""; state = "voter"
      if (match($0, /"name":"[^"]*"/)) name = substr($0, RSTART + 8, RLENGTH - 9)
      if (match($0, /"peerURLs":\["https:\/\/[^"]*"/)) {
        address = substr($0, RSTART + 21, RLENGTH - 22)
        sub(/:[0-9]+$/, "", address)
      }
      if ($0 ~ /"isLearner":true/) state = "learner"
      print name "|" address "|" state
    }'
}

members_of() {
  awk -F '|' -v node="$1" 'index($1, node "-") == 1 && substr($1, length(node) + 2) ~ /^[0-9a-f]+$/ && length($1) == length(node) + 9'
}

count() {
  grep -c -- "$1" || true
}

tail_of() {
  say "last lines of $1:"
  journalctl -u "$1" -n 30 --no-pager -o cat 2>/dev/null | sed 's/^/  /' >&2 || true
}

set_up() {
  [ -f "$ROOT/var/lib/groundwork/bootstrapped" ]
}

wait_boot() {
  if command -v cloud-init >/dev/null 2>&1; then
    boot_status=$(timeout "$(left)" cloud-init status --wait --long 2>&1) || true
  else
    boot_status="there is no cloud-init on this machine"
    wait_for 5 set_up || true
  fi
  if ! set_up; then
    say "this machine is not set up. cloud-init says: $boot_status"
    if [ -f "$ROOT/var/lib/groundwork/failed-step" ]; then
      say "the step that failed: $(cat "$ROOT/var/lib/groundwork/failed-step")"
    fi
    if [ -f "$ROOT/var/log/cloud-init-output.log" ]; then
      say "last lines of /var/log/cloud-init-output.log:"
      tail -n 40 "$ROOT/var/log/cloud-init-output.log" | sed 's/^/  /' >&2
    fi
    systemctl --failed --no-legend --plain 2>/dev/null | sed 's/^/  failed unit: /' >&2 || true
    fail "correct it on the machine and run 'sh /usr/local/lib/groundwork/bootstrap.sh' there, or replace the node by raising its generation; then run again"
  fi
}
add_keys() {
  (umask 077 && mkdir -p "$ROOT/root/.ssh")
  { cat "$ROOT/root/.ssh/authorized_keys" 2>/dev/null || true; cat; } | awk 'NF && !seen[$0]++' |
    replace /root/.ssh/authorized_keys 0600
}

IFS= read -r secret || fail 'standard input ended before the content of /etc/groundwork/tailscale.key'
printf '%s\n' "$secret" | base64 -d | replace '/etc/groundwork/tailscale.key' 0600

replace '/etc/groundwork/node.env' 0644 <<'END'
GW_NAME='cp-1'
GW_ADDRESS='10.0.1.10'
GW_CIDR='10.0.0.0/16'
GW_GATEWAY='10.0.0.1'
GW_MTU='1450'
GW_NAMESERVERS='185.12.64.1 185.12.64.2'
GW_EGRESS='public'
GW_TRANSPORT='private'
GW_FLANNEL='vxlan'
GW_K3S_UNIT='k3s'
GW_K3S_VERSION='v1.36.4+k3s1'
GW_K3S_URL='https://github.com/k3s-io/k3s/releases/download/v1.36.4%2Bk3s1'
GW_K3S_SHA256_AMD64='835873f37245fc615f547a2fe2af9402a347875f13fa64a1f136de644955ea3f'
GW_K3S_SHA256_ARM64='c920706346d5ad4e5cd3c7bf1bb09ce71ebe07fec829e513e40f1caf98aed8bb'
GW_TAILSCALE_REPOSITORY='https://pkgs.tailscale.com/stable'
GW_TAILSCALE_HOSTNAME='prod-cp-1'
GW_TAILSCALE_TAGS='tag:k8s-node'
GW_TAILSCALE_ROUTES=''
END

replace '/usr/local/lib/groundwork/lib.sh' 0755 <<'END'
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
END

replace '/usr/local/lib/groundwork/lan.sh' 0755 <<'END'
#!/bin/sh
# lan.sh: whether a host that exists is in its network as the stack file says: with its address, and with an interface that
# carries as much as its peers'. Changes nothing.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"
# shellcheck source=/dev/null
. "$ROOT/etc/groundwork/node.env"

interface=$(interface_of "$GW_ADDRESS")
[ -n "$interface" ] || fail "no interface has the address $GW_ADDRESS; the host has: $(
  ip -o -4 addr show | awk '{ printf "%s %s, ", $2, $4 }'
)give it the one of the stack file, or write its own there"

# Over the tailnet it does not matter: what leaves there is smaller.
mtu=$(cat "$ROOT/sys/class/net/$interface/mtu" 2>/dev/null || true)
if [ "$GW_TRANSPORT" != tailnet ] && [ -n "$mtu" ] && [ "$mtu" != "$GW_MTU" ]; then
  fail "$interface carries packets of $mtu bytes, and the stack file says $GW_MTU for its network: nodes that differ lose each other's large packets without a word. Set the MTU of $interface, or write mtu: $mtu for the network when that is what all of them have"
fi
say "network: $GW_ADDRESS on $interface"
END

replace '/usr/local/lib/groundwork/packages.sh' 0755 <<'END'
#!/bin/sh
# packages.sh NAME...: installs what is missing, with whichever package manager the machine has.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"

installed() {
  case "$manager" in
    apt-get) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
    dnf | zypper) rpm -q "$1" >/dev/null 2>&1 ;;
    pacman) pacman -Q "$1" >/dev/null 2>&1 ;;
  esac
}

manager=
for candidate in apt-get dnf zypper pacman; do
  if command -v "$candidate" >/dev/null 2>&1; then manager=$candidate && break; fi
done
[ -n "$manager" ] || fail "no apt-get, dnf, zypper or pacman here: install these by hand, then run again: $*"

for package in "$@"; do
  shift
  installed "$package" || set -- "$@" "$package"
done
[ "$#" -gt 0 ] || exit 0

say "installing $*"
case "$manager" in
  apt-get)
    export DEBIAN_FRONTEND=noninteractive
    # The lock may still be held by the image's own first update.
    set -- -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@"
    retry 5 apt-get -q -o DPkg::Lock::Timeout=300 update ||
      fail "apt-get could not read its package lists: check that the machine reaches the internet, and that nothing holds apt's lock"
    ;;
  dnf) set -- -y install "$@" ;;
  zypper) set -- --non-interactive install "$@" ;;
  # Not -Sy: newer packages beside older ones break an Arch that is not upgraded whole, and that is its owner's to do.
  pacman) set -- -S --noconfirm --needed "$@" ;;
esac
retry 5 "$manager" "$@" || fail "$manager could not install the packages: check that the machine reaches the internet, and that it is up to date"
END

replace '/usr/local/lib/groundwork/host.sh' 0755 <<'END'
#!/bin/sh
# Swap, kernel modules, kernel settings, SSH daemon: what the host is before Kubernetes comes. Run as often as you like.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"

# The kubelet refuses to start with swap on. Commented out, not removed: whoever reads fstab later sees what was there.
swapoff -a
systemctl mask --quiet --now swap.target
if [ -f "$ROOT/etc/fstab" ]; then
  # First into a variable: a sed that fails must not leave half an fstab.
  fstab=$(sed 's/^[[:space:]]*[^#[:space:]][^[:space:]]*[[:space:]][[:space:]]*[^[:space:]]*[[:space:]][[:space:]]*swap[[:space:]].*/# off, for Kubernetes: &/' \
    "$ROOT/etc/fstab")
  printf '%s\n' "$fstab" | replace /etc/fstab 0644
fi

for module in br_netfilter overlay; do
  modprobe "$module" || say "kernel module $module is not available; k3s will say so if it needs it"
done
# Each setting that this kernel knows; one that it does not know must not stop the rest.
sysctl -q -e -p "$ROOT/etc/sysctl.d/90-groundwork.conf"

if [ -f "$ROOT/etc/ssh/sshd_config.d/10-groundwork.conf" ]; then
  # A daemon that does not parse its configuration would not come back after a reboot.
  mkdir -p "$ROOT/run/sshd"
  sshd -t || fail "sshd refuses its configuration: correct /etc/ssh/sshd_config.d and run again"
  systemctl try-reload-or-restart ssh.service 2>/dev/null || systemctl try-reload-or-restart sshd.service
fi
END

replace '/usr/local/lib/groundwork/updates.sh' 0755 <<'END'
#!/bin/sh
# updates.sh hold|release: keeps the distribution's automatic updates from taking the package lock, or from restarting
# services, while the machine is being set up; and turns them on again, never with a reboot of their own.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"

units="apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service"

case "${1:-}" in
  hold)
    for unit in $units; do
      if systemctl cat "$unit" >/dev/null 2>&1; then systemctl mask --now --runtime "$unit"; fi
    done
    ;;
  release)
    if [ -d "$ROOT/etc/apt/apt.conf.d" ]; then
      # A node that reboots by itself takes an etcd member with it. Reboots are for whoever upgrades, one node at a time.
      replace /etc/apt/apt.conf.d/52groundwork 0644 <<'CONF'
Unattended-Upgrade::Automatic-Reboot "false";
CONF
    fi
    for unit in $units; do
      systemctl unmask --runtime "$unit" >/dev/null 2>&1 || true
      if systemctl cat "$unit" >/dev/null 2>&1; then systemctl start "$unit"; fi
    done
    ;;
  *) fail "updates.sh: say hold or release, not '${1:-}'" ;;
esac
END

replace '/etc/sysctl.d/90-groundwork.conf' 0644 <<'END'
# The kubelet's own demands (protect-kernel-defaults), then what a node with many containers runs out of.
vm.overcommit_memory = 1
vm.panic_on_oom = 0
kernel.panic = 10
kernel.panic_on_oops = 1
kernel.keys.root_maxbytes = 25000000
kernel.keys.root_maxkeys = 1000000
net.ipv4.ip_forward = 1
net.ipv6.conf.all.forwarding = 1
net.bridge.bridge-nf-call-iptables = 1
net.bridge.bridge-nf-call-ip6tables = 1
fs.inotify.max_user_instances = 8192
fs.inotify.max_user_watches = 524288
END

replace '/etc/modules-load.d/90-groundwork.conf' 0644 <<'END'
br_netfilter
overlay
END

replace '/usr/local/lib/groundwork/binary.sh' 0755 <<'END'
# Functions that put a pinned program in place. Installed as /usr/local/lib/groundwork/binary.sh, for those that need one.
# shellcheck shell=sh

# is_pinned FILE SHA256
is_pinned() {
  [ -f "$1" ] && [ "$(sum_of "$1")" = "$2" ]
}

sum_of() {
  sha256sum "$1" | cut -d ' ' -f 1
}

# download URL FILE SHA256: FILE appears whole, with that checksum, or not at all.
download() {
  rm -f "$2.groundwork-new"
  curl -fsSL --connect-timeout 10 --max-time 300 -o "$2.groundwork-new" "$1" || return 1
  got=$(sum_of "$2.groundwork-new")
  if [ "$got" != "$3" ]; then
    say "$1 has SHA-256 $got, and $3 is expected"
    rm -f "$2.groundwork-new"
    return 1
  fi
  chmod 0755 "$2.groundwork-new" && mv -f "$2.groundwork-new" "$2"
}
END

replace '/usr/local/lib/groundwork/k3s-install.sh' 0755 <<'END'
#!/bin/sh
# Puts the pinned k3s binary in place, its checksum verified, and its unit. Starts and enables nothing: there is no
# token on this machine yet. Run as often as you like.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/binary.sh"
# shellcheck source=/dev/null
. "$ROOT/etc/groundwork/node.env"

case "$(uname -m)" in
  x86_64 | amd64) file=k3s sum=$GW_K3S_SHA256_AMD64 ;;
  aarch64 | arm64) file=k3s-arm64 sum=$GW_K3S_SHA256_ARM64 ;;
  *) fail "k3s is installed on x86_64 and aarch64 only, and this machine is $(uname -m)" ;;
esac
[ -n "$sum" ] || fail "no checksum of k3s $GW_K3S_VERSION for $(uname -m): add it to cluster.sha256 in the stack's configuration"
binary=$ROOT/usr/local/bin/k3s

mkdir -p "$ROOT/usr/local/bin"
if is_pinned "$binary" "$sum"; then
  say "k3s $GW_K3S_VERSION is installed"
elif [ -f "$binary" ] && systemctl is-active --quiet "$GW_K3S_UNIT"; then
  # The upgrade plans may have moved this node on; putting the pinned one back would be a downgrade.
  say "a k3s other than $GW_K3S_VERSION runs here and is left alone: running nodes are upgraded by the upgrade plans"
else
  retry 6 download "$GW_K3S_URL/$file" "$binary" "$sum" ||
    fail "k3s $GW_K3S_VERSION could not be had from $GW_K3S_URL/$file: check that the machine reaches it, or set cluster.mirror"
  say "k3s $GW_K3S_VERSION installed"
fi

for name in kubectl crictl ctr; do
  [ -e "$ROOT/usr/local/bin/$name" ] || [ -L "$ROOT/usr/local/bin/$name" ] || ln -s k3s "$ROOT/usr/local/bin/$name"
done
systemctl daemon-reload
END

replace '/usr/local/lib/groundwork/k3s-address.sh' 0755 <<'END'
#!/bin/sh
# Before every start of k3s: tells it which address and interface carry traffic between nodes. Found now, because an
# interface's name can change with the hardware, and a tailnet address is known only once the machine has joined.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"
# shellcheck source=/dev/null
. "$ROOT/etc/groundwork/node.env"

case "$GW_TRANSPORT" in
  tailnet)
    address=$(tailscale ip -4 2>/dev/null | head -n 1)
    interface=tailscale0
    [ -n "$address" ] || fail "this machine has no tailnet address yet: look at 'tailscale status'"
    ;;
  *)
    address=$GW_ADDRESS
    interface=$(interface_of "$address")
    [ -n "$interface" ] || fail "no interface has the address $address: look at 'systemctl status groundwork-network'"
    ;;
esac

{
  printf 'node-ip: "%s"\n' "$address"
  # Without it flannel takes the interface of the default route, which may be the public one.
  [ "$GW_FLANNEL" = none ] || printf 'flannel-iface: "%s"\n' "$interface"
} | replace /etc/rancher/k3s/config.yaml.d/20-address.yaml 0600
END

replace '/etc/systemd/system/k3s.service' 0644 <<'END'
# As k3s's own installer writes it (k3s-io/k3s, install.sh), with two additions: the address of this boot, and no
# start without the metadata guard.
[Unit]
Description=Lightweight Kubernetes (server)
Documentation=https://k3s.io
Wants=network-online.target
After=network-online.target groundwork-network.service groundwork-metadata.service tailscaled.service
# k3s writes this file when its etcd member was removed, and would rejoin as a new member at its next start: a node on
# its way out must stay out (k3s-io/k3s, pkg/etcd; issue 13623).
ConditionPathExists=!/var/lib/rancher/k3s/server/db/etcd/tombstone

[Service]
Type=notify
EnvironmentFile=-/etc/default/%N
EnvironmentFile=-/etc/sysconfig/%N
EnvironmentFile=-/etc/systemd/system/k3s.service.env
KillMode=process
Delegate=yes
User=root
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStartPre=/bin/sh /usr/local/lib/groundwork/k3s-address.sh
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/k3s server

[Install]
WantedBy=multi-user.target
END

replace '/etc/rancher/k3s/config.yaml' 0600 <<'END'
write-kubeconfig-mode: "0600"
agent-token-file: "/etc/rancher/k3s/agent-token"
tls-san:
  - "10.0.0.100"
  - "10.0.1.10"
  - "10.0.1.11"
  - "10.0.1.12"
  - "prod-cluster.example.ts.net"
cluster-cidr: "10.42.0.0/16"
service-cidr: "10.43.0.0/16"
cluster-dns: "10.43.0.10"
service-node-port-range: "30000-32767"
flannel-backend: "vxlan"
disable-cloud-controller: true
disable:
  - "servicelb"
  - "traefik"
secrets-encryption: true
etcd-expose-metrics: true
etcd-snapshot-schedule-cron: "0 */12 * * *"
etcd-snapshot-retention: 5
node-name: "cp-1"
token-file: "/etc/rancher/k3s/token"
node-ip: "10.0.1.10"
protect-kernel-defaults: true
node-label:
  - "groundwork.example.com/pool=cp"
node-taint:
  - "node-role.kubernetes.io/control-plane=:NoSchedule"
kubelet-arg:
  - "cloud-provider=external"
  - "max-pods=200"
END

replace '/etc/rancher/k3s/config.yaml.d/10-membership.yaml' 0600 <<'END'
server: "https://10.0.0.100:6443"
END

replace '/usr/local/lib/groundwork/tailscale.sh' 0755 <<'END'
#!/bin/sh
# Joins the tailnet, once, with the key in /etc/groundwork/tailscale.key, and deletes the key. Run as often as you like.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"
# shellcheck source=/dev/null
. "$ROOT/etc/groundwork/node.env"
key=$ROOT/etc/groundwork/tailscale.key

install_tailscale() {
  # shellcheck source=/dev/null
  . "$ROOT/etc/os-release"
  case "${ID:-}" in
    debian | ubuntu)
      curl -fsSL --connect-timeout 10 --max-time 60 -o "$ROOT/usr/share/keyrings/tailscale-archive-keyring.gpg" \
        "$GW_TAILSCALE_REPOSITORY/$ID/$VERSION_CODENAME.noarmor.gpg" || return 1
      printf 'deb [signed-by=/usr/share/keyrings/tailscale-archive-keyring.gpg] %s/%s %s main\n' \
        "$GW_TAILSCALE_REPOSITORY" "$ID" "$VERSION_CODENAME" | replace /etc/apt/sources.list.d/tailscale.list 0644
      ;;
    arch | fedora) ;; # in the distribution
    *) fail "Tailscale cannot be installed on '${ID:-unknown}' by this script: install it, then run again" ;;
  esac
  sh "$ROOT/usr/local/lib/groundwork/packages.sh" tailscale
}

if ! command -v tailscale >/dev/null 2>&1; then
  mkdir -p "$ROOT/usr/share/keyrings"
  retry 5 install_tailscale || fail "Tailscale could not be installed from $GW_TAILSCALE_REPOSITORY: check that the machine reaches it"
fi
systemctl is-enabled --quiet tailscaled.service 2>/dev/null || systemctl enable --quiet tailscaled.service
systemctl start tailscaled.service

if tailscale ip -4 >/dev/null 2>&1; then
  tailscale set --hostname="$GW_TAILSCALE_HOSTNAME" --advertise-routes="$GW_TAILSCALE_ROUTES" --accept-dns=false
else
  [ -s "$key" ] || fail "this machine is not in the tailnet and has no key to join it: replace it, or run 'tailscale up' by hand"
  # --accept-dns=false: a node's resolvers are inherited by its pods, and MagicDNS answers only the host.
  retry 3 tailscale up --auth-key="file:$key" --hostname="$GW_TAILSCALE_HOSTNAME" --advertise-tags="$GW_TAILSCALE_TAGS" \
    --advertise-routes="$GW_TAILSCALE_ROUTES" --accept-dns=false --timeout=60s ||
    fail "the tailnet did not accept this machine: is the key used or expired, or does its owner not own $GW_TAILSCALE_TAGS?"
fi
rm -f "$key"
END

replace '/usr/local/lib/groundwork/bootstrap.sh' 0755 <<'END_'
#!/bin/sh
# Sets this machine up: the steps below, in order, each of which may run again. Stops at the first that fails, by name.
# Written by Groundwork; the last line leaves /var/lib/groundwork/bootstrapped, which is what "set up" means.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"

# step NAME <script
step() {
  step_script=$(cat)
  say "step $1"
  if sh -euc "$step_script" </dev/null; then
    return 0
  else
    step_code=$?
    mkdir -p "$ROOT/var/lib/groundwork"
    printf '%s\n' "$1" >"$ROOT/var/lib/groundwork/failed-step"
    fail "step $1 failed with code $step_code; correct what it says above, then run: sh /usr/local/lib/groundwork/bootstrap.sh"
  fi
}

# finished DIGEST
finished() {
  rm -f "$ROOT/var/lib/groundwork/failed-step"
  printf '%s\n' "$1" | replace /var/lib/groundwork/bootstrapped 0644
  say "this machine is set up"
}
export ROOT

step 'network' <<'END'
sh "$ROOT/usr/local/lib/groundwork/"lan.sh
END
step 'updates-off' <<'END'
sh "$ROOT/usr/local/lib/groundwork/"updates.sh hold
END
step 'packages' <<'END'
sh "$ROOT/usr/local/lib/groundwork/"packages.sh ca-certificates curl nfs-utils
END
step 'host' <<'END'
sh "$ROOT/usr/local/lib/groundwork/"host.sh
END
step 'tailscale' <<'END'
sh "$ROOT/usr/local/lib/groundwork/"tailscale.sh
END
step 'k3s' <<'END'
sh "$ROOT/usr/local/lib/groundwork/"k3s-install.sh
END
step 'updates-on' <<'END'
sh "$ROOT/usr/local/lib/groundwork/"updates.sh release
END
finished f2b15c436fb36ae4
END_

add_keys <<'END'
ssh-ed25519 AAAAGROUNDWORK groundwork
ssh-ed25519 AAAAPERSON person@example.com
END

export ROOT
setup_code=0
timeout "$(left)" sh "$ROOT/usr/local/lib/groundwork/bootstrap.sh" </dev/null || setup_code=$?
[ "$setup_code" != 124 ] ||
  fail "$name was not set up after ${timeout}s and was cut off: see above how far it came. Run again: it goes on from there"
[ "$setup_code" = 0 ] || fail "$name is not set up; what is in the way is said above. Run again when it is corrected"
