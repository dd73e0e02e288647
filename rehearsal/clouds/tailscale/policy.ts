import { messageOf } from "../../../lib/words.ts";
import { ServiceError } from "../../model.ts";
import { holds, readBlock, within } from "../shared/ipv4.ts";

/** What this simulation uses of a policy file. https://tailscale.com/kb/1337/policy-syntax */
export interface Policy {
  readonly text: string;
  /** Tag -> who may give it: tags, users, groups. */
  readonly tagOwners: Readonly<Record<string, readonly string[]>>;
  /** Network -> whose routes into it are approved at once. */
  readonly approvers: Readonly<Record<string, readonly string[]>>;
}

/** What a new tailnet has. */
export const defaultPolicy = `{
  // Everything may reach everything.
  "acls": [{ "action": "accept", "src": ["*"], "dst": ["*:*"] }],
}`;

/** JSON of HuJSON: comments and trailing commas taken out, text in quotes left alone. */
export function plainJson(text: string): string {
  const withoutComments = text.replace(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (part) =>
    part.startsWith('"') ? part : " ",
  );
  return withoutComments.replace(/"(?:\\.|[^"\\])*"|,(?=\s*[}\]])/g, (part) => (part === "," ? "" : part));
}

function record(policy: Record<string, unknown>, field: string): Record<string, string[]> {
  const value = policy[field] ?? {};
  if (typeof value !== "object" || Array.isArray(value))
    throw new ServiceError("400", `policy: ${field} has to be an object`);
  for (const [key, entry] of Object.entries(value)) {
    if (!Array.isArray(entry) || !entry.every((item) => typeof item === "string"))
      throw new ServiceError("400", `policy: ${field} "${key}" has to be a list of texts`);
  }
  return value as Record<string, string[]>;
}

export const isTag = (text: string): boolean => /^tag:[a-z][a-z0-9-]*$/i.test(text);

/** @throws ServiceError 400, as the API validates a policy before it takes it. */
export function readPolicy(text: string): Policy {
  let parsed: unknown;
  try {
    parsed = JSON.parse(plainJson(text));
  } catch (error) {
    throw new ServiceError("400", `policy is no HuJSON: ${messageOf(error)}`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new ServiceError("400", "policy has to be an object");
  const policy = parsed as Record<string, unknown>;
  const tagOwners = record(policy, "tagOwners");
  for (const [tag, owners] of Object.entries(tagOwners)) {
    if (!isTag(tag)) throw new ServiceError("400", `policy: tagOwners "${tag}" is no tag, e.g. tag:server`);
    const unknown = owners.find((owner) => owner.startsWith("tag:") && !(owner in tagOwners));
    if (unknown !== undefined)
      throw new ServiceError(
        "400",
        `policy: tagOwners "${tag}" names ${unknown}, which has no owners itself: tag not found`,
      );
  }
  const groups = record(policy, "groups");
  for (const name of selectors(policy)) {
    const known = name.startsWith("tag:") ? name in tagOwners : name in groups;
    if (!known)
      throw new ServiceError("400", `policy: ${name.startsWith("tag:") ? "tag" : "group"} not found: "${name}"`);
  }
  const approvers = policy.autoApprovers ?? {};
  return { text, tagOwners, approvers: record(approvers as Record<string, unknown>, "routes") };
}

/** Tags and groups that rules speak of, without the ports behind them. */
function selectors(policy: Record<string, unknown>): readonly string[] {
  return ["grants", "acls", "ssh"].flatMap((section) => {
    const rules = policy[section] ?? [];
    if (!Array.isArray(rules)) throw new ServiceError("400", `policy: ${section} has to be a list`);
    return (rules as readonly Record<string, unknown>[])
      .flatMap(({ src, dst }) => [src ?? [], dst ?? []].flat())
      .flatMap((each) => /^(?:tag|group):[^:]+/.exec(String(each)) ?? []);
  });
}

/** Whether routes of a device with these tags into a network are approved without anybody. */
export function approves(policy: Policy, route: string, tags: readonly string[]): boolean {
  const wanted = readBlock(route);
  return Object.entries(policy.approvers).some(([network, approved]) => {
    const block = readBlock(network);
    const covered =
      network === route ||
      (wanted !== undefined && block !== undefined && within(block, wanted) && holds(block, wanted.first));
    return covered && approved.some((owner) => tags.includes(owner));
  });
}
