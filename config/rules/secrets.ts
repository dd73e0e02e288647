import { catalogue } from "../../lib/platform/catalogue.ts";
import { platformContext } from "../context.ts";
import type { Fault } from "../faults.ts";
import type { Rule, Subject } from "./rule.ts";

/** What each needed secret is for: its name -> the places that want it. */
export function neededSecrets({
  stage,
  nodes,
}: Pick<Subject, "stage" | "nodes">): ReadonlyMap<string, readonly string[]> {
  const needs = new Map<string, string[]>();
  const need = (name: string, purpose: string): void => void needs.set(name, [...(needs.get(name) ?? []), purpose]);
  if (Object.values(stage.networks).some(({ kind }) => kind === "hetzner"))
    need("hetzner-token", "the Hetzner Cloud API");
  if (stage.dns !== undefined) need("cloudflare-token", "the Cloudflare API");
  if (stage.tailscale !== undefined) {
    need("tailscale-oauth-client-id", "the Tailscale API");
    need("tailscale-oauth-client-secret", "the Tailscale API");
  }
  const context = platformContext(stage, nodes);
  for (const release of catalogue) {
    const options = context.releases.get(release.name);
    if (options !== undefined)
      for (const name of release.secrets?.(options, context) ?? []) need(name, `release ${release.name}`);
  }
  for (const [name, secret] of Object.entries(stage.secrets)) {
    const references = secret.type === "registry" ? [secret.password] : Object.values(secret.data);
    for (const reference of references)
      if (typeof reference === "object") need(reference.secret, `groundwork:secrets.${name}`);
  }
  return needs;
}

export const secretsSet: Rule = (subject) => {
  const needed = neededSecrets(subject);
  const absent = [...needed].flatMap(([name, purposes]): readonly Fault[] => {
    const state = subject.secrets.get(name);
    return state === undefined || state === "unset"
      ? [
          {
            path: `secret:${name}`,
            message: `is not set; ${purposes.join(" and ")} needs it`,
            remedy: `pulumi config set --secret secret:${name}`,
          },
        ]
      : [];
  });
  const open = [...subject.secrets].flatMap(([name, state]): readonly Fault[] =>
    state === "plain"
      ? [
          {
            path: `secret:${name}`,
            message: "stands in the stack file in plain text",
            remedy: `revoke it where it comes from, then set the new one: pulumi config set --secret secret:${name}`,
          },
        ]
      : [],
  );
  return [...absent, ...open];
};
