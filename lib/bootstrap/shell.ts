/** Quotes a value for a POSIX shell. It stays one word, whatever is in it. */
export function shellQuote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/** The line by which a script says what it does: `# groundwork step: <verb> key=value …`, values percent-encoded. */
export function stepHeader(verb: string, params: Readonly<Record<string, string>>): string {
  const encoded = Object.entries(params).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return [stepHeaderMark, verb, ...encoded].join(" ");
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
