import type { Run } from "../../engine/events.ts";
import type { Finding } from "../../model.ts";
import { compareFields, type FieldDifference } from "./compare.ts";
import { heldByEngine, heldOffline } from "./held.ts";
import { rules } from "./rules.ts";

/** Packages whose resources the test of differences holds to be the same in every field. */
const held = ["hcloud", "cloudflare", "tailscale", "command", "kubernetes", "random", "tls"];

/**
 * Where fields of the rehearsal's resources are not those that the real engine has: inputs after the provider's check,
 * outputs, ids, options. What may differ, and in what way, docs/differences.md says.
 *
 * @param exported the stack as the real engine has it, every secret in plain text
 */
export function fieldFindings(offline: Run, exported: string): readonly Finding[] {
  const engine = heldByEngine(exported).filter(({ type }) => held.includes(type.split(":")[0] ?? ""));
  return compareFields({ engine, offline: heldOffline(offline), rules }).differences.map(fieldFinding);
}

/** Names a secret field, and nothing of what is in it. */
export function fieldFinding({ urn, field, engine, offline, isSecret, rule }: FieldDifference): Finding {
  const [real, rehearsed] = isSecret ? [secrecy(engine, offline), secrecy(offline, engine)] : [engine, offline];
  const why = rule === undefined ? "" : `; it may differ, but not so: ${rule}`;
  return {
    rule: "engine-differs",
    urn,
    message: `${field} is ${real} on the real engine, and ${rehearsed} in the offline rehearsal${why}`,
    remedy: "one of the two is wrong: hold the offline rehearsal's model against the provider's documentation",
  };
}

/** Where one side alone is marked as secret, that is the difference. */
function secrecy(shown: string, other: string): string {
  if (shown === "absent") return shown;
  return other.startsWith("secret ") && !shown.startsWith("secret ") ? "not secret" : "[secret]";
}
