import { createRequire } from "node:module";

/** The module that starts a program, the same that the engine's Node language host starts. */
export const programRunner = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/run");
