import { bootWait } from "./boot-wait.ts";
import { gateway } from "./gateway.ts";
import { hostKey } from "./host-key.ts";
import { k3sJoin } from "./k3s-join.ts";
import { k3sLeave } from "./k3s-leave.ts";
import { k3sMember } from "./k3s-member.ts";
import { kubeconfig } from "./kubeconfig.ts";
import type { LocalStep, Step } from "./step.ts";
import { tailnetDevice, tailnetTags } from "./tailnet-device.ts";
import { createTools } from "./tools.ts";
import { vaultSign } from "./vault-sign.ts";

/** Verb -> what the script of that verb does to the world. */
export const remoteSteps: Readonly<Record<string, Step>> = {
  "boot-wait": bootWait,
  gateway,
  "host-key": hostKey,
  "k3s-join": k3sJoin,
  "k3s-leave": k3sLeave,
  "k3s-member": k3sMember,
  kubeconfig,
};

export const localSteps: Readonly<Record<string, LocalStep>> = {
  "tailnet-device": tailnetDevice,
  "tailnet-tags": tailnetTags,
  tools: createTools([]),
  "vault-sign": vaultSign,
};

/** Verbs whose output is a secret. */
export const secretVerbs: ReadonlySet<string> = new Set(["kubeconfig", "talos-kubeconfig", "k3d-kubeconfig"]);
