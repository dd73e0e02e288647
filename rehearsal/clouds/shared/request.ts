import type { z } from "zod";
import { ServiceError } from "../../model.ts";

/**
 * Reads a request body as the service's reference describes it.
 * @throws ServiceError with `code`, naming every offending field.
 */
export function readRequest<Schema extends z.ZodType>(code: string, schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    (issue) => `invalid input in field '${issue.path.map(String).join(".") || "body"}': ${issue.message}`,
  );
  throw new ServiceError(code, faults.join("; "));
}
