const longest = 60;

/** A value as a message shows it: on one line, strings in quotes, and not more of it than helps to find it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
