# Takes k3s off this machine, with its data and all that it left among mounts and interfaces, and gives back what the setup
# took: swap and kernel settings. The host's packages stay, and so does the tailnet, which may be the way to it.
# shellcheck shell=sh disable=SC2154 # name comes from the step's parameters
for unit in k3s k3s-agent; do
  systemctl stop "$unit.service" 2>/dev/null || true
  # On NixOS a unit is there as long as its module says so.
  systemctl disable --quiet "$unit.service" 2>/dev/null || true
done

# Containers outlive the service (KillMode=process). In brackets, so that the pattern does not find this script.
pkill -KILL -f '[c]ontainerd-shim.* /run/k3s/' || true
systemctl stop kubepods.slice 2>/dev/null || true

# mounted: what is still mounted below the folders of k3s and its kubelet, the innermost first.
mounted() {
  awk '$2 ~ "^/(run/k3s|var/lib/kubelet|var/lib/rancher/k3s|run/netns/cni-)" { print $2 }' "$ROOT/proc/self/mounts" | sort -r
}

for mount in $(mounted); do
  umount "$ROOT$mount" 2>/dev/null || umount -l "$ROOT$mount" || true
done
# What is mounted there is a volume, and its files are not this machine's.
left=$(mounted | tr '\n' ' ')
[ -z "$left" ] ||
  fail "$name still has volumes mounted, and nothing was deleted: $left. Stop what uses them, or restart the host; then run again"

# Without these its programs, which stay attached, would take the host's own packets nowhere (docs.k3s.io/networking/basic-network-options).
for interface in cni0 flannel.1 flannel-v6.1 flannel-wg kube-ipvs0 cilium_host cilium_vxlan cilium_wg0; do
  ip link delete "$interface" 2>/dev/null || true
done
for family in iptables ip6tables; do
  if command -v "$family-save" >/dev/null 2>&1; then
    rules=$("$family-save" | grep -v -e KUBE- -e CNI- -e CILIUM_ -e flannel || true)
    printf '%s\n' "$rules" | "$family-restore"
  fi
done

if [ -f "$ROOT/etc/nixos/groundwork.nix" ]; then
  # Empty, not deleted: the host's configuration imports it.
  changed=$(printf '{ }\n' | replace /etc/nixos/groundwork.nix 0644)
  if [ -n "$changed" ] || [ -e "$ROOT/etc/nixos/groundwork.json" ]; then
    if [ -f "$ROOT/etc/set-environment" ]; then
      set +u
      # shellcheck source=/dev/null
      . "$ROOT/etc/set-environment"
      set -u
    fi
    nixos-rebuild switch || fail "nixos-rebuild switch failed on $name: see above; correct it, then run again"
    rm -f "$ROOT/etc/nixos/groundwork.json"
  fi
else
  rm -f "$ROOT/etc/systemd/system/k3s.service" "$ROOT/etc/systemd/system/k3s-agent.service" \
    "$ROOT/etc/sysctl.d/90-groundwork.conf" "$ROOT/etc/modules-load.d/90-groundwork.conf" \
    "$ROOT/etc/apt/apt.conf.d/52groundwork"
  if [ -f "$ROOT/etc/groundwork/provision.env" ]; then
    # shellcheck source=/dev/null
    . "$ROOT/etc/groundwork/provision.env"
    for unit in $GW_MASKED; do systemctl unmask --quiet "$unit"; done
    rm -f "$ROOT/etc/modules-load.d/91-groundwork-platform.conf"
  fi
  systemctl daemon-reload
  if [ -f "$ROOT/etc/fstab" ]; then
    fstab=$(sed 's/^# off, for Kubernetes: //' "$ROOT/etc/fstab")
    printf '%s\n' "$fstab" | replace /etc/fstab 0644
  fi
  systemctl unmask --quiet swap.target
  swapon -a || true
fi

for link in kubectl crictl ctr iscsiadm fstrim blkid; do
  if [ -L "$ROOT/usr/local/bin/$link" ]; then rm -f "$ROOT/usr/local/bin/$link"; fi
done
rm -rf "$ROOT/usr/local/bin/k3s" "$ROOT/usr/local/bin/k3d" "$ROOT/var/lib/rancher/k3s" "$ROOT/var/lib/kubelet" "$ROOT/etc/rancher" \
  "$ROOT/sys/fs/bpf/cilium" "$ROOT/run/cilium" "$ROOT/opt/cni/bin/cilium-cni" "$ROOT/etc/cni/net.d/05-cilium.conflist" \
  "$ROOT/run/k3s" "$ROOT/run/flannel" "$ROOT/var/lib/cni" "$ROOT/var/log/pods" "$ROOT/var/log/containers" \
  "$ROOT/etc/groundwork" "$ROOT/usr/local/lib/groundwork" "$ROOT/var/lib/groundwork"
say "$name has no k3s any more"
