import { type LocalStep, parameter } from "./step.ts";

/** Programs on the machine that runs the program: a rehearsal has them all, but those that are said to be missing. */
export function createTools(missing: readonly string[]): LocalStep {
  return (request) => {
    const wanted = parameter(request, "tools").split(" ");
    const lines = wanted.filter((tool) => missing.includes(tool)).map((tool) => `${tool}\n`);
    return { stdout: lines.join(""), until: request.at };
  };
}
