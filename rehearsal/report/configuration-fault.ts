/** A frame of a JavaScript stack trace. */
const frame = /^\s+at .+:\d+:\d+\)?$/;

/** How a message of `ConfigurationError` begins. */
const beginning =
  /^(?:ConfigurationError: )?(?=Pulumi\.\S+\.yaml has \d+ faults?; nothing was made\.$)|^ConfigurationError: /m;

/**
 * The message of a `ConfigurationError` that ended the program, without a stack trace; undefined when it was something
 * else.
 */
export function configurationFault(failure: string | undefined): string | undefined {
  const start = failure?.match(beginning);
  if (failure === undefined || start?.index === undefined) return undefined;
  const lines = failure.slice(start.index + start[0].length).split("\n");
  const end = lines.findIndex((line) => frame.test(line));
  return lines
    .slice(0, end === -1 ? lines.length : end)
    .join("\n")
    .trimEnd();
}
