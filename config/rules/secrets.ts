import { listed } from "../../lib/words.ts";
import { formatPath } from "../issues.ts";
import { nearest } from "../nearest.ts";
import { neededSecrets } from "../secret-needs.ts";
import type { Rule } from "./rule.ts";

export const secretsSet: Rule = (subject) => {
  const generated = new Set(subject.stage.generated);
  const needed = new Map([...neededSecrets(subject)].filter(([name]) => !generated.has(name)));
  const spare = [...subject.secrets].flatMap(([name, state]) => (needed.has(name) || state === "unset" ? [] : [name]));
  return [...needed]
    .filter(([name]) => (subject.secrets.get(name) ?? "unset") === "unset")
    .map(([name, purposes]) => {
      const misspelt = nearest(name, spare);
      return {
        path: `secret:${name}`,
        message: `is not set, and is needed for ${listed(purposes, "and")}`,
        remedy: `${misspelt === undefined ? "" : `rename secret:${misspelt}, or `}pulumi config set --secret secret:${name}`,
      };
    });
};

/** Made up is only what nobody else has to know before. */
export const generatedSecretsOwn: Rule = (subject) => {
  const needed = neededSecrets(subject);
  return subject.stage.generated.flatMap((name, index) => {
    const path = formatPath(["generated", index]);
    const uses = needed.get(name) ?? [];
    const foreign = uses.filter((use) => !use.startsWith("groundwork:"));
    if (uses.length === 0)
      return [{ path, message: `nothing uses secret:${name}`, remedy: `remove it${misspelt(name, needed)}` }];
    if (foreign.length > 0)
      return [
        {
          path,
          message: `secret:${name} is given out by somebody else, for ${foreign.join(" and ")}`,
          remedy: `remove it, and pulumi config set --secret secret:${name}`,
        },
      ];
    if ((subject.secrets.get(name) ?? "unset") === "unset") return [];
    return [{ path, message: `secret:${name} is set too`, remedy: `keep one: remove it here, or secret:${name}` }];
  });
};

function misspelt(name: string, needed: ReadonlyMap<string, unknown>): string {
  const meant = nearest(name, [...needed.keys()]);
  return meant === undefined ? "" : `, or write ${meant}`;
}

/** Keys of a Kubernetes Secret whose values nobody would call public. */
const telling = /(^|[-_.])(passwd|password|passphrase|secret|token|api[-_]?key|private[-_]?key)$/i;

export const kubernetesSecretsEncrypted: Rule = ({ stage }) =>
  Object.entries(stage.secrets).flatMap(([name, secret]) =>
    secret.type !== "opaque"
      ? []
      : Object.entries(secret.data)
          .filter(([key, value]) => telling.test(key) && typeof value === "string")
          .map(([key]) => ({
            path: formatPath(["secrets", name, "data", key]),
            message: "stands in the stack file in plain text",
            remedy:
              "revoke it, set the new one with pulumi config set --secret secret:<name>, and write { secret: <name> } here",
          })),
  );

export const secretsEncrypted: Rule = ({ secrets }) =>
  [...secrets]
    .filter(([, state]) => state === "plain")
    .map(([name]) => ({
      path: `secret:${name}`,
      message: "stands in the stack file in plain text",
      remedy: `revoke it where it comes from, then set the new one: pulumi config set --secret secret:${name}`,
    }));
