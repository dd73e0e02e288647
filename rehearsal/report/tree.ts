import type { Step } from "../engine/events.ts";
import { nameOf, typeOf } from "../engine/urn.ts";
import { duration, moment, type Style, shortType } from "./style.ts";

/** One resource in the tree, with what was done about it so far. */
export interface Node {
  readonly urn: string;
  readonly custom: boolean;
  readonly children: Node[];
  readonly steps: Step[];
}

/** The resources of a run by parent, growing as it goes on. */
export class Tree {
  readonly #nodes = new Map<string, Node>();
  readonly roots: Node[] = [];

  add({ urn, parent, custom }: { readonly urn: string; readonly parent?: string; readonly custom: boolean }): Node {
    const known = this.#nodes.get(urn);
    if (known !== undefined) return known;
    const node: Node = { urn, custom, children: [], steps: [] };
    this.#nodes.set(urn, node);
    const above = parent === undefined ? undefined : this.#nodes.get(parent);
    (above?.children ?? this.roots).push(node);
    return node;
  }

  /** A deleted resource was not registered: it comes in with its step. */
  addStep(step: Step): void {
    const { urn, parent } = step;
    this.add({ urn, custom: true, ...(parent === undefined ? {} : { parent }) }).steps.push(step);
  }
}

export interface TreeOptions {
  readonly style: Style;
  /** So many lines at most: components are closed up, then lines are cut off at the top. Absent: everything. */
  readonly height?: number;
}

export function renderTree({ roots }: Tree, { style, height = Number.POSITIVE_INFINITY }: TreeOptions): string[] {
  const open = roots.flatMap((root) => lines(root, style, "", "", () => true));
  if (open.length <= height) return open;
  const holdsComponents = ({ children }: Node) => children.some(({ custom }) => !custom);
  return roots.flatMap((root) => lines(root, style, "", "", holdsComponents)).slice(-height);
}

/** `branch` leads to the node itself, `trunk` past it. */
function lines(node: Node, style: Style, branch: string, trunk: string, isOpen: (node: Node) => boolean): string[] {
  const own = `${branch}${describe(node, style)}`;
  if (!isOpen(node)) return [`${own}${closedUp(node, style)}`];
  const below = node.children.flatMap((child, index) => {
    const isLast = index === node.children.length - 1;
    const [to, past] = isLast ? ["└─ ", "   "] : ["├─ ", "│  "];
    return lines(child, style, `${trunk}${style.dim(to)}`, `${trunk}${style.dim(past)}`, isOpen);
  });
  return [own, ...below];
}

function closedUp(node: Node, style: Style): string {
  const size = ({ children }: Node): number => children.reduce((sum, child) => sum + 1 + size(child), 0);
  const amount = size(node);
  return amount === 0 ? "" : style.dim(` (${amount})`);
}

/** One resource in one line: what was done, to what, and when. */
export function describe({ urn, custom, steps }: Node, style: Style): string {
  const last = steps.at(-1);
  const name = `${style.dim(shortType(typeOf(urn)))} ${custom ? nameOf(urn) : style.bold(nameOf(urn))}`;
  if (last === undefined) return `  ${name}`;
  return `${symbol(steps, style)} ${name}${when(last, style)}`;
}

function when({ start, end, skipped, error }: Step, style: Style): string {
  const span = end > start ? `  ${duration(end - start)}${style.dim(`  ${moment(start)} → ${moment(end)}`)}` : "";
  const note = skipped === undefined ? "" : style.dim(`  (${skipped})`);
  return `${span}${note}${error === undefined ? "" : style.red(`  ${firstLine(error)}`)}`;
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}

function symbol(steps: readonly Step[], style: Style): string {
  if (steps.some(({ error }) => error !== undefined)) return style.red("!");
  const operations = new Set(steps.map(({ operation }) => operation));
  if (operations.has("create-replacement")) return style.yellow("±");
  const [operation] = operations;
  switch (operation) {
    case "create":
      return style.green("+");
    case "update":
      return style.yellow("~");
    case "delete":
    case "delete-replaced":
      return style.red("-");
    case "read":
      return style.cyan(">");
    case "same":
    case "create-replacement":
    case undefined:
      return " ";
    default:
      return operation satisfies never;
  }
}
