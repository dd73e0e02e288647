import type { z } from "zod";
import { type Props, ServiceError } from "./model.ts";

/**
 * Reads a resource's inputs as the provider's schema has them.
 * @throws ServiceError `InvalidInput`, naming every offending property, as a provider's own check does.
 */
export function readInputs<Schema extends z.ZodType>(schema: Schema, inputs: Props): z.output<Schema> {
  const parsed = schema.safeParse(inputs);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    (issue) => `${issue.path.map(String).join(".") || "inputs"}: ${issue.message}`,
  );
  throw new ServiceError("InvalidInput", faults.join("; "));
}

/** `{a: undefined}` and `{}` are one and the same to a provider; only the second survives in its state. */
export function withoutUndefined(props: Props): Props {
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined));
}
