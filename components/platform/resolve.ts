import type * as pulumi from "@pulumi/pulumi";
import { SecretRef } from "../../lib/platform/release.ts";

/** Gives the value of `secret:<name>`, marked as a secret. */
export type SecretSource = (name: string) => pulumi.Output<string>;

/** Plain data with every reference to a secret replaced by the secret; what has none stays plain, so that a preview shows it. */
export function resolve(value: unknown, secrets: SecretSource): pulumi.Input<unknown> {
  if (value instanceof SecretRef) return secrets(value.secret).apply(value.render);
  if (Array.isArray(value)) return value.map((item) => resolve(item, secrets));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, secrets)]));
  return value;
}
