/** Quotes a value for a POSIX shell. It stays one word, whatever is in it. */
export function shellQuote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/** A step's parameters: never a secret, since they stand in the script's text. */
export type Params = Readonly<Record<string, string>>;

/**
 * How every step begins, whatever runs it: a line that says what it does, `# groundwork step: <verb> key=value …` with
 * values percent-encoded, then its parameters as shell variables.
 */
export function stepHead(verb: string, params: Params): string {
  const encoded = Object.entries(params).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return ["#!/bin/sh", [stepHeaderMark, verb, ...encoded].join(" "), "set -eu", shellAssignments(params)].join("\n");
}

/** A step in JavaScript, for the machine that runs the program: an ES module that finds the parameters in its environment. */
export function nodeStep(verb: string, params: Params, module: string): string {
  return [
    `${stepHead(verb, params)}export ${Object.keys(params).join(" ")}`,
    `exec node --input-type=module --eval ${shellQuote(module)}`,
    "",
  ].join("\n");
}

export const stepHeaderMark = "# groundwork step:";

/** `name='value'` lines, in the order given. Names are shell variables. */
export function shellAssignments(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
        throw new Error(`"${name}" cannot be a shell variable → use letters, digits and _`);
      if (value.includes("\0"))
        throw new Error(`the value of ${name} has a NUL byte, which no shell variable can hold → remove it`);
      return `${name}=${shellQuote(value)}\n`;
    })
    .join("");
}
