import {
  type CommonArgs,
  documentOf,
  enable,
  environment,
  run,
  scripts,
  systemCommands,
  systemFiles,
  tailscaleCommands,
  tailscaleFiles,
  unitFile,
} from "./system.ts";
import type { Document } from "./types.ts";

export interface GatewayDocumentArgs extends CommonArgs {
  readonly name: string;
  /** Private IPv4 address. */
  readonly address: string;
}

/** The NAT gateway of a private network and its SSH jump host: the one machine with a public address. */
export function gatewayDocument(args: GatewayDocumentArgs): Document {
  return documentOf(args.name, args, {
    files: [
      environment(args.name, args.address, { ...args, network: { ...args.network, egress: "public" } }, {}),
      ...systemFiles(undefined),
      ...scripts("gateway.sh"),
      unitFile("groundwork-gateway.service"),
      ...tailscaleFiles(args.tailscale),
    ],
    commands: [
      ...systemCommands(args),
      { name: "gateway", script: enable("groundwork-gateway.service") },
      ...tailscaleCommands(args.tailscale),
      { name: "updates-on", script: run("updates.sh release") },
    ],
  });
}
