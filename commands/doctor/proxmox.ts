import { z } from "zod";
import { Unreachable } from "../ask.ts";
import { reach } from "../reach.ts";
import { type Check, well, wrong } from "./check.ts";
import { answerOf, said, setSecret } from "./token.ts";

export interface ProxmoxArgs {
  /** `user@realm!name=secret` */
  readonly token: string;
  readonly endpoint: string;
  readonly insecure: boolean;
  /** Names and addresses of the nodes that the stack uses. */
  readonly nodes: Readonly<Record<string, { readonly address: string }>>;
}

const nodes = z.object({ data: z.array(z.object({ node: z.string(), status: z.string().optional() })) });
const permissions = z.object({ data: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** docs/proxmox.md says what each is for. */
const needed: readonly string[] = [
  ...["VM.Allocate", "VM.Audit", "VM.PowerMgmt", "VM.Config.CPU", "VM.Config.Memory", "VM.Config.Disk"],
  ...["VM.Config.Network", "VM.Config.Cloudinit", "VM.Config.HWType", "VM.Config.Options", "Datastore.Allocate"],
  ...["Datastore.AllocateSpace", "Datastore.AllocateTemplate", "Datastore.Audit", "Sys.Audit"],
];

/**
 * Whether the token is one and may do what the program does, and whether the nodes are there; their SSH, too, since
 * snippets go there. Source: pve.proxmox.com/pve-docs/api-viewer
 */
export async function checkProxmox(args: ProxmoxArgs): Promise<readonly Check[]> {
  return [await checkApi(args), ...(await Promise.all(Object.entries(args.nodes).map(checkSsh)))];
}

async function checkApi({ token, endpoint, insecure, nodes: wanted }: ProxmoxArgs): Promise<Check> {
  const address = { key: "groundwork:proxmox.endpoint", isOwn: true };
  const question = (path: string) => ({
    ...{ url: `${endpoint.replace(/\/$/, "")}/api2/json${path}`, insecure },
    headers: { Authorization: `PVEAPIToken=${token}` },
  });
  const seen = await answerOf("proxmox", question("/nodes"), address);
  if ("check" in seen) return seen.check;
  const { answer } = seen;
  if (answer.status === 401)
    return wrong(
      "proxmox",
      `the API does not know secret:proxmox-token (${said(answer)})`,
      `pveum user token add groundwork@pve stage --privsep 0 makes one; then ${setSecret("proxmox-token")}, in the form user@realm!name=secret`,
    );
  const { data } = nodes.safeParse(answer.body);
  if (answer.status !== 200 || data === undefined)
    return wrong(
      "proxmox",
      `the API answers ${said(answer)}`,
      "see that groundwork:proxmox.endpoint is a Proxmox VE node",
    );
  const there = data.data.map(({ node }) => node);
  const absent = Object.keys(wanted).filter((name) => !there.includes(name));
  if (absent.length > 0)
    return wrong(
      "proxmox",
      `the cluster has no node ${absent.join(", ")}; it has ${there.join(", ")}`,
      "name nodes under groundwork:proxmox.nodes as Proxmox VE does",
    );
  const allowed = await answerOf("proxmox", question("/access/permissions"), address);
  if ("check" in allowed) return allowed.check;
  const { data: told } = permissions.safeParse(allowed.answer.body);
  const has = new Set(Object.values(told?.data ?? {}).flatMap((privileges) => Object.keys(privileges)));
  const missing = told === undefined ? [] : needed.filter((privilege) => !has.has(privilege));
  return missing.length > 0
    ? wrong("proxmox", `secret:proxmox-token lacks ${missing.join(", ")}`, "docs/proxmox.md has the role that it needs")
    : well("proxmox", `the API takes secret:proxmox-token; nodes: ${there.join(", ")}`);
}

async function checkSsh([name, { address }]: readonly [string, { readonly address: string }]): Promise<Check> {
  const about = `proxmox node ${name}`;
  try {
    await reach({ host: address, port: 22, seconds: 5 });
    return well(about, `${address} answers on SSH's port`);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return wrong(
      about,
      error.message,
      `see groundwork:proxmox.nodes.${name}.address, and that a way leads there from this machine: snippets go over SSH`,
    );
  }
}
