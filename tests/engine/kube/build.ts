import { ensurePrograms, findProgram, missingPrograms, programs } from "../../../rehearsal/pulumi/kube/binaries.ts";

// `npm run build:engine`: builds every program of the control plane of rehearsals with the real engine that is not on PATH.

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const missing = missingPrograms(programs);
if (missing.length > 0) {
  process.stderr.write(`${missing.join("\n")}\n`);
  process.exitCode = 1;
} else {
  await ensurePrograms(programs, say);
  for (const name of programs) {
    const found = findProgram(name);
    say(`${name}: ${found?.path ?? "gone since it was built"} (${found?.origin ?? "-"})`);
  }
}
