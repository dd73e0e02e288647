import type { HostAddress } from "../command/hosts.ts";
import type { System } from "./world.ts";

export interface MachineSpec {
  readonly name: string;
  /** One on a private network, which names the machine among its peers; more as it has them. */
  readonly addresses: readonly HostAddress[];
  readonly userData?: string;
  /** Public keys that the cloud itself gives to root. */
  readonly sshKeys?: readonly string[];
  /** As `uname -m` says it. Absent: `x86_64`. */
  readonly architecture?: "x86_64" | "aarch64";
  /** It stood before the program came, which neither makes nor deletes it. */
  readonly stands?: boolean;
  /** What leads it out of its private network. Absent: nothing, until the machine itself finds something. */
  readonly gateway?: string;
  /** What runs on it. Absent: Debian. */
  readonly system?: System;
  /** What is on its disk before it boots for the first time; mode as `chmod` takes it. */
  readonly files?: readonly { readonly path: string; readonly content: string; readonly mode?: string }[];
}

/** What a tailnet gives a machine that joins. */
export interface TailnetGrant {
  readonly address: string;
  /** Those of its routes that the tailnet's policy approves. */
  readonly routes: readonly string[];
}
