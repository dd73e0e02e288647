import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findOnPath } from "../../commands/path.ts";
import { nixosFiles } from "../../lib/bootstrap/nixos.ts";

// What a user would lose: a host whose nixos-rebuild ends at a mistake in the module. A real Nix evaluates it whole; of
// nixpkgs, which is no package of npm's, there is only what the module calls, as nixpkgs' manual describes it.

const nixpkgs = `
let
  lib = rec {
    inherit (builtins) elem mapAttrs;
    mkForce = value: { force = value; };
    mkDefault = value: { default = value; };
    mkIf = condition: value: if condition then value else null;
    optionals = condition: values: if condition then values else [ ];
    optional = condition: value: optionals condition [ value ];
    concatMapStrings = make: values: builtins.concatStringsSep "" (map make values);
    splitString = separator: text: builtins.filter builtins.isString (builtins.split (if separator == "." then "\\\\." else separator) text);
    attrByPath = path: default: set:
      if path == [ ] then set
      else if set ? \${builtins.head path} then attrByPath (builtins.tail path) default set.\${builtins.head path}
      else default;
  };
  pkgs = builtins.listToAttrs (map (name: { inherit name; value = name; }) [
    "bash" "coreutils" "diffutils" "gawk" "gnugrep" "gnused" "kmod" "iproute2" "iptables" "ipset" "util-linux"
    "conntrack-tools" "ethtool" "socat" "mount" "umount" "tailscale" "openiscsi" "jq"
  ]) // { linuxPackages.perf = "perf"; };
in`;

const directory = mkdtempSync(join(tmpdir(), "groundwork-nixos-"));
afterAll(() => rmSync(directory, { recursive: true }));

function evaluate(args: Parameters<typeof nixosFiles>[0], nftables: boolean) {
  for (const { path, content } of nixosFiles(args)) writeFileSync(join(directory, path.replace(/^.*\//, "")), content);
  const module = `${nixpkgs} import ${directory}/groundwork.nix {
    inherit lib pkgs;
    config.networking.nftables.enable = ${String(nftables)};
  }`;
  return spawnSync("nix-instantiate", ["--eval", "--strict", "--json", "--expr", module], {
    encoding: "utf8",
    env: {
      ...process.env,
      NIX_STATE_DIR: join(directory, "state"),
      NIX_CONFIG: "build-users-group =",
      NIX_STORE_DIR: join(directory, "store"),
    },
  });
}

const server = {
  ...{ name: "rack-1", unit: "k3s", trusted: ["10.0.50.0/24", "10.42.0.0/16"], tailnet: true },
  ...{ modules: ["nvme_tcp"], packages: ["jq", "linuxPackages.perf"], needs: ["iscsi", "util-linux", "multipath-off"] },
};

const nix = findOnPath("nix-instantiate") !== undefined;

test.skipIf(!nix)("nix makes of the module what a server needs (missing: nix-instantiate)", () => {
  const { stdout, stderr } = evaluate(server, false);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchInlineSnapshot(`
    {
      "boot": {
        "kernel": {
          "sysctl": {
            "fs.inotify.max_user_instances": {
              "force": 8192,
            },
            "fs.inotify.max_user_watches": {
              "force": 524288,
            },
            "kernel.keys.root_maxbytes": {
              "force": 25000000,
            },
            "kernel.keys.root_maxkeys": {
              "force": 1000000,
            },
            "kernel.panic": {
              "force": 10,
            },
            "kernel.panic_on_oops": {
              "force": 1,
            },
            "net.bridge.bridge-nf-call-ip6tables": {
              "force": 1,
            },
            "net.bridge.bridge-nf-call-iptables": {
              "force": 1,
            },
            "net.ipv4.ip_forward": {
              "force": 1,
            },
            "net.ipv6.conf.all.forwarding": {
              "force": 1,
            },
            "vm.overcommit_memory": {
              "force": 1,
            },
            "vm.panic_on_oom": {
              "force": 0,
            },
          },
        },
        "kernelModules": [
          "br_netfilter",
          "overlay",
          "nvme_tcp",
        ],
        "supportedFilesystems": null,
      },
      "environment": {
        "systemPackages": [
          "jq",
          "perf",
        ],
      },
      "networking": {
        "firewall": {
          "checkReversePath": {
            "force": "loose",
          },
          "extraCommands": "iptables -A nixos-fw -s 10.0.50.0/24 -j nixos-fw-accept
    iptables -A nixos-fw -s 10.42.0.0/16 -j nixos-fw-accept
    ",
          "extraInputRules": null,
          "trustedInterfaces": [
            "cni0",
            "flannel.1",
            "tailscale0",
          ],
        },
      },
      "services": {
        "multipath": {
          "enable": {
            "force": false,
          },
        },
        "openiscsi": {
          "enable": true,
          "name": {
            "default": "iqn.2016-04.com.open-iscsi:rack-1",
          },
        },
        "tailscale": {
          "enable": true,
        },
      },
      "swapDevices": {
        "force": [],
      },
      "systemd": {
        "services": {
          "k3s": {
            "after": [
              "network-online.target",
              "tailscaled.service",
            ],
            "description": "Lightweight Kubernetes",
            "documentation": [
              "https://k3s.io",
            ],
            "path": [
              "bash",
              "coreutils",
              "diffutils",
              "gawk",
              "gnugrep",
              "gnused",
              "kmod",
              "iproute2",
              "iptables",
              "ipset",
              "util-linux",
              "conntrack-tools",
              "ethtool",
              "socat",
              "mount",
              "umount",
              "tailscale",
              "jq",
              "perf",
            ],
            "restartIfChanged": false,
            "serviceConfig": {
              "Delegate": true,
              "ExecStart": "/usr/local/bin/k3s server",
              "ExecStartPre": "/bin/sh /usr/local/lib/groundwork/k3s-address.sh",
              "KillMode": "process",
              "LimitCORE": "infinity",
              "LimitNOFILE": 1048576,
              "LimitNPROC": "infinity",
              "Restart": "always",
              "RestartSec": "5s",
              "TasksMax": "infinity",
              "TimeoutStartSec": 0,
              "Type": "notify",
            },
            "unitConfig": {
              "ConditionPathExists": [
                "/etc/rancher/k3s/token",
                "!/var/lib/rancher/k3s/server/db/etcd/tombstone",
              ],
            },
            "wantedBy": [
              "multi-user.target",
            ],
            "wants": [
              "network-online.target",
            ],
          },
        },
        "tmpfiles": {
          "rules": [
            "L+ /usr/local/bin/iscsiadm - - - - /run/current-system/sw/bin/iscsiadm",
            "L+ /usr/local/bin/fstrim - - - - /run/current-system/sw/bin/fstrim",
            "L+ /usr/local/bin/blkid - - - - /run/current-system/sw/bin/blkid",
          ],
        },
      },
      "zramSwap": {
        "enable": {
          "force": false,
        },
      },
    }
  `);
});

test.skipIf(!nix)("of an agent without needs, and a firewall of nftables (missing: nix-instantiate)", () => {
  const { stdout, stderr } = evaluate(
    { ...server, unit: "k3s-agent", tailnet: false, modules: [], packages: [], needs: [] },
    true,
  );
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchInlineSnapshot(`
    {
      "boot": {
        "kernel": {
          "sysctl": {
            "fs.inotify.max_user_instances": {
              "force": 8192,
            },
            "fs.inotify.max_user_watches": {
              "force": 524288,
            },
            "kernel.keys.root_maxbytes": {
              "force": 25000000,
            },
            "kernel.keys.root_maxkeys": {
              "force": 1000000,
            },
            "kernel.panic": {
              "force": 10,
            },
            "kernel.panic_on_oops": {
              "force": 1,
            },
            "net.bridge.bridge-nf-call-ip6tables": {
              "force": 1,
            },
            "net.bridge.bridge-nf-call-iptables": {
              "force": 1,
            },
            "net.ipv4.ip_forward": {
              "force": 1,
            },
            "net.ipv6.conf.all.forwarding": {
              "force": 1,
            },
            "vm.overcommit_memory": {
              "force": 1,
            },
            "vm.panic_on_oom": {
              "force": 0,
            },
          },
        },
        "kernelModules": [
          "br_netfilter",
          "overlay",
        ],
        "supportedFilesystems": null,
      },
      "environment": {
        "systemPackages": [],
      },
      "networking": {
        "firewall": {
          "checkReversePath": {
            "force": "loose",
          },
          "extraCommands": null,
          "extraInputRules": "ip saddr 10.0.50.0/24 accept
    ip saddr 10.42.0.0/16 accept
    ",
          "trustedInterfaces": [
            "cni0",
            "flannel.1",
          ],
        },
      },
      "services": {
        "multipath": {
          "enable": null,
        },
        "openiscsi": null,
        "tailscale": {
          "enable": null,
        },
      },
      "swapDevices": {
        "force": [],
      },
      "systemd": {
        "services": {
          "k3s-agent": {
            "after": [
              "network-online.target",
            ],
            "description": "Lightweight Kubernetes",
            "documentation": [
              "https://k3s.io",
            ],
            "path": [
              "bash",
              "coreutils",
              "diffutils",
              "gawk",
              "gnugrep",
              "gnused",
              "kmod",
              "iproute2",
              "iptables",
              "ipset",
              "util-linux",
              "conntrack-tools",
              "ethtool",
              "socat",
              "mount",
              "umount",
            ],
            "restartIfChanged": false,
            "serviceConfig": {
              "Delegate": true,
              "ExecStart": "/usr/local/bin/k3s agent",
              "ExecStartPre": "/bin/sh /usr/local/lib/groundwork/k3s-address.sh",
              "KillMode": "process",
              "LimitCORE": "infinity",
              "LimitNOFILE": 1048576,
              "LimitNPROC": "infinity",
              "Restart": "always",
              "RestartSec": "5s",
              "TasksMax": "infinity",
              "TimeoutStartSec": 0,
              "Type": "exec",
            },
            "unitConfig": {
              "ConditionPathExists": [
                "/etc/rancher/k3s/token",
              ],
            },
            "wantedBy": [
              "multi-user.target",
            ],
            "wants": [
              "network-online.target",
            ],
          },
        },
        "tmpfiles": {
          "rules": [],
        },
      },
      "zramSwap": {
        "enable": {
          "force": false,
        },
      },
    }
  `);
});

test.skipIf(!nix)("a package that nixpkgs does not have is named (missing: nix-instantiate)", () => {
  expect(evaluate({ ...server, packages: ["nonesuch"] }, false).stderr).toContain("nixpkgs has no package nonesuch");
});
