import type { Fault } from "./faults.ts";

type Text = Pick<Fault, "message" | "remedy">;

/**
 * What is said of a release that somebody wants to be off, and names all the same.
 * @param path of the offending value, below `groundwork:`
 */
export function switchedOff(path: readonly PropertyKey[], value: unknown): Text | undefined {
  const [section, release, key] = path.map(String);
  if (section !== "platform" || release === undefined || path.length > 3) return undefined;
  if (path.length === 2 && value === false)
    return {
      message: "a release that is named is on, whatever it is set to",
      remedy: `remove it, and ${release} is off`,
    };
  return key === "enabled"
    ? {
        message: `a release that is named is on: nothing takes ${release}'s values while it is to be off`,
        remedy: `remove ${release} with its values, and it is off; remove enabled, and it is on`,
      }
    : undefined;
}
