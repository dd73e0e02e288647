# Written by Groundwork, and written again: what a k3s node is on NixOS. What is this node's own stands in the file beside
# it. k3s itself is not from nixpkgs: every node of a cluster runs one release, whose checksum is pinned, and upgrade plans
# put the next one in its place, which they could not do in the Nix store.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  node = builtins.fromJSON (builtins.readFile ./groundwork.json);
  server = node.unit == "k3s";
  needs = name: lib.elem name node.needs;
  packages = map (
    name: lib.attrByPath (lib.splitString "." name) (throw "nixpkgs has no package ${name}") pkgs
  ) node.packages;
in
{
  # The kubelet refuses to start with swap on.
  swapDevices = lib.mkForce [ ];
  zramSwap.enable = lib.mkForce false;

  boot.kernelModules = node.modules;
  boot.kernel.sysctl = lib.mapAttrs (_: lib.mkForce) node.sysctl;

  environment.systemPackages = packages;
  boot.supportedFilesystems = lib.mkIf (needs "nfs") [ "nfs" ];
  services.openiscsi = lib.mkIf (needs "iscsi") {
    enable = true;
    name = lib.mkDefault "iqn.2016-04.com.open-iscsi:${node.name}";
  };
  services.multipath.enable = lib.mkIf (needs "multipath-off") (lib.mkForce false);
  # Storage drivers call these in the host's file system by paths that other systems have (longhorn/longhorn, issue 2166).
  systemd.tmpfiles.rules = map (
    program: "L+ /usr/local/bin/${program} - - - - /run/current-system/sw/bin/${program}"
  ) (lib.optional (needs "iscsi") "iscsiadm" ++ lib.optionals (needs "util-linux") [ "fstrim" "blkid" ]);
  services.tailscale.enable = lib.mkIf node.tailnet true;

  networking.firewall = {
    # Packets of pods come by other ways than their answers go.
    checkReversePath = lib.mkForce "loose";
    trustedInterfaces = [
      "cni0"
      "flannel.1"
    ]
    ++ lib.optional node.tailnet "tailscale0";
    # The other nodes (API, etcd, kubelets and the pods' network), and pods, whichever interface a network gives them.
    extraCommands = lib.mkIf (!config.networking.nftables.enable) (
      lib.concatMapStrings (range: "iptables -A nixos-fw -s ${range} -j nixos-fw-accept\n") node.trusted
    );
    extraInputRules = lib.mkIf config.networking.nftables.enable (
      lib.concatMapStrings (range: "ip saddr ${range} accept\n") node.trusted
    );
  };

  systemd.services.${node.unit} = {
    description = "Lightweight Kubernetes";
    documentation = [ "https://k3s.io" ];
    wants = [ "network-online.target" ];
    after = [ "network-online.target" ] ++ lib.optional node.tailnet "tailscaled.service";
    wantedBy = [ "multi-user.target" ];
    # What k3s and the kubelet call and do not bring along.
    path =
      with pkgs;
      [
        bash
        coreutils
        diffutils
        gawk
        gnugrep
        gnused
        kmod
        iproute2
        iptables
        ipset
        util-linux
        conntrack-tools
        ethtool
        socat
        mount
        umount
      ]
      ++ lib.optional node.tailnet tailscale
      ++ packages;
    # A rebuild does not restart a member of etcd: whoever changes its configuration does, one node at a time.
    restartIfChanged = false;
    unitConfig.ConditionPathExists = [
      # There is no token before the node joins.
      "/etc/rancher/k3s/token"
    ]
    # A member that was removed from etcd would come back as a new one (k3s-io/k3s, issue 13623).
    ++ lib.optional server "!/var/lib/rancher/k3s/server/db/etcd/tombstone";
    serviceConfig = {
      Type = if server then "notify" else "exec";
      KillMode = "process";
      Delegate = true;
      LimitNOFILE = 1048576;
      LimitNPROC = "infinity";
      LimitCORE = "infinity";
      TasksMax = "infinity";
      TimeoutStartSec = 0;
      Restart = "always";
      RestartSec = "5s";
      ExecStartPre = "/bin/sh /usr/local/lib/groundwork/k3s-address.sh";
      ExecStart = "/usr/local/bin/k3s ${if server then "server" else "agent"}";
    };
  };
}
