import { ensurePrograms, findProgram, missingPrograms, programs } from "./binaries.ts";

// Builds every program of the engine tests' control plane that is not on PATH: node tests/engine/kube/build.ts

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
