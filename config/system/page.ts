import { type Drawing, mermaid } from "../../lib/diagram/mermaid.ts";
import { orderDrawing, orderTable } from "./order.ts";
import { surroundingsDrawing } from "./surroundings.ts";
import type { System } from "./system.ts";
import { apiTable, hostTable, machineTable, secretTable } from "./tables.ts";

const fenced = (drawing: Drawing): string => `\`\`\`mermaid\n${mermaid(drawing)}\n\`\`\``;

/** What is told of a system without being written by hand, by its name in a page's markers. */
const parts: Readonly<Record<string, { readonly title: string; readonly text: (system: System) => string }>> = {
  machines: {
    title: "Machines and ways to them",
    text: (system) => [fenced(surroundingsDrawing(system)), machineTable(system), apiTable(system)].join("\n\n"),
  },
  hosts: { title: "Host names", text: hostTable },
  platform: {
    title: "What runs on it, in the order in which it comes",
    text: (system) => [fenced(orderDrawing(system)), orderTable(system)].join("\n\n"),
  },
  secrets: { title: "Secrets", text: secretTable },
};

const begin = (name: string): string => `<!-- generated: ${name} (npm run schema) -->`;
const end = "<!-- end of generated -->";

/** Diagrams and tables of a system on one page, as `npm run diagram` shows them. */
export function systemDiagram(name: string, system: System): string {
  const sections = Object.values(parts).map(({ title, text }) => `## ${title}\n\n${text(system)}\n`);
  return [`# ${name}\n`, ...sections].join("\n");
}

/**
 * A page with its generated parts made anew; what is written by hand between them stays as it is. A page that is not
 * there yet has nothing else.
 * @throws Error when a marker is missing: the page would lose the part, or never be fresh again.
 */
export function systemPage(name: string, page: string, system: System): string {
  const text = page.trim() === "" ? blankPage(name) : page;
  return Object.entries(parts).reduce((before, [part, { text: make }]) => {
    const start = before.indexOf(begin(part));
    const stop = before.indexOf(end, start);
    if (start < 0 || stop < 0)
      throw new Error(`docs/systems/${name}.md has no ${begin(part)} with ${end} after it → put both where it belongs`);
    return `${before.slice(0, start)}${begin(part)}\n\n${make(system)}\n\n${before.slice(stop)}`;
  }, text);
}

const blankPage = (name: string): string =>
  [`# ${name}\n`, ...Object.entries(parts).map(([part, { title }]) => `## ${title}\n\n${begin(part)}\n${end}\n`)].join(
    "\n",
  );
