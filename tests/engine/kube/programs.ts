import { describe } from "vitest";
import { missingPrograms, type Program } from "../../../rehearsal/pulumi/kube/binaries.ts";

/**
 * `describe` for tests that need programs: where one can be neither found nor built, they are skipped, and the title
 * and a line of output name it with its remedy.
 */
export function describeWith(programs: readonly Program[], title: string, body: () => void): void {
  const missing = missingPrograms(programs);
  for (const line of missing) process.stderr.write(`skipped: ${title}: ${line}\n`);
  const names = programs.filter((name) => missing.some((line) => line.startsWith(`${name} `)));
  describe.skipIf(missing.length > 0)(missing.length === 0 ? title : `${title} (missing: ${names.join(", ")})`, body);
}

/** Progress of a build, seen at once. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
