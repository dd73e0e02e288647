/** A table in Markdown. A cell is one line; what would end it is written so that it does not. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** Outside code, `<` begins a tag. */
const escaped = (cell: string): string => {
  const text = cell.replaceAll("|", "\\|").replace(/\s+/g, " ");
  return text.includes("`") ? text : text.replaceAll("<", "&lt;");
};
