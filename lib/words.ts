/** Characters of names that a message holds before it only counts the rest. */
const most = 200;

/** `a, b and c`; of more than a person reads, the first and the number of the rest: `a, b and 98 more`. */
export function listed(words: readonly string[], last: "and" | "or"): string {
  let length = 0;
  const fit = words.filter((word, index) => {
    length += word.length + ", ".length;
    return index === 0 || length <= most;
  });
  const shown = fit.length < words.length ? [...fit, `${words.length - fit.length} more`] : fit;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} ${last} ${shown.at(-1)}`;
}

/** What whatever was thrown says. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
