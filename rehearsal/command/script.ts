/** What a composed script says of itself in its header, `# groundwork step: <verb> key=value ...`. */
export interface Script {
  /** Undefined for a script without a header. */
  readonly verb: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Reads the header, which stands in the first lines. Values are percent-encoded. */
export function readScript(text: string): Script {
  const header = /^# groundwork step: *(\S+)(.*)$/m.exec(text);
  if (header === null) return { verb: undefined, parameters: {}, text };
  const pairs = (header[2] ?? "").trim().split(/\s+/);
  const parameters = pairs.flatMap((pair) => {
    const equals = pair.indexOf("=");
    return equals < 0 ? [] : [[pair.slice(0, equals), decodeURIComponent(pair.slice(equals + 1))] as const];
  });
  return { verb: header[1], parameters: Object.fromEntries(parameters), text };
}
