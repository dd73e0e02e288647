/** What is said when a rehearsal has ended, in text. */
import type { MonthlyCost } from "../clouds/hetzner/cost.ts";
import type { Run } from "../engine/events.ts";
import type { FaultReport } from "../engine/rehearse-faults.ts";
import type { Timeline } from "../engine/timeline.ts";
import { nameOf, typeOf } from "../engine/urn.ts";
import type { Finding } from "../model.ts";
import type { Recorded } from "../recording.ts";
import { count, duration, indent, moment, type Style, shortType } from "./style.ts";

const label = (urn: string, style: Style) => `${style.bold(nameOf(urn))} ${style.dim(shortType(typeOf(urn)))}`;

export function outputsText(outputs: Recorded, style: Style, show: (value: unknown) => unknown): string {
  const names = Object.keys(outputs);
  if (names.length === 0) return "";
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => {
    const value = show(outputs[name]);
    const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
    return `  ${name.padEnd(width)}  ${indent(text.trimEnd(), `  ${" ".repeat(width)}  `)}`;
  });
  return `${style.bold("Outputs")}\n${lines.join("\n")}\n`;
}

export function failuresText({ steps, failure }: Run, style: Style): string {
  const failed = steps.filter(({ error }) => error !== undefined);
  const lines = failed.map(
    ({ urn, operation, error }) => `  ${label(urn, style)}: ${operation} failed\n    ${indent(error ?? "", "    ")}`,
  );
  if (failure !== undefined) lines.push(`  ${indent(failure.trim(), "  ")}`);
  return lines.length === 0 ? "" : `${style.red(style.bold("Failed"))}\n${lines.join("\n")}\n`;
}

export function logText({ log }: Run, style: Style): string {
  const lines = log.filter(({ severity }) => severity === "warning" || severity === "info");
  if (lines.length === 0) return "";
  const text = lines.map(({ severity, message }) => {
    const mark = severity === "warning" ? `${style.yellow("warning")}: ` : "";
    return `  ${mark}${indent(message.trimEnd(), "  ")}`;
  });
  return `${style.bold("The program says")}\n${text.join("\n")}\n`;
}

/** So many resources are named where one thing is found in many. */
const namedAtMost = 8;

export function findingsText(findings: readonly Finding[], style: Style): string {
  if (findings.length === 0) return "";
  const alike = Map.groupBy(findings, ({ rule, message, remedy }) => JSON.stringify([rule, message, remedy]));
  const blocks = [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const named = group.slice(0, namedAtMost).map(({ urn }) => (urn === "" ? "" : label(urn, style)));
    const more = group.length > namedAtMost ? [`and ${group.length - namedAtMost} more`] : [];
    const where = [...named, ...more].filter((name) => name !== "").map((name) => `    ${name}\n`);
    const { rule, message, remedy } = first;
    return [
      `  ${style.yellow(rule)}\n${where.join("")}    ${indent(message, "    ")}\n    → ${indent(remedy, "      ")}`,
    ];
  });
  return `${style.bold(count(findings.length, "finding"))}\n\n${blocks.join("\n\n")}\n`;
}

export function timelineText({ makespan, criticalPath, lowerBound }: Timeline, style: Style): string {
  if (makespan === 0) return "";
  const legs = criticalPath.map(
    ({ urn, start, end, operation }) =>
      `  ${moment(start).padStart(7)} → ${moment(end).padEnd(7)} ${label(urn, style)}${operation === "create" ? "" : ` ${operation}`}`,
  );
  const head = `${style.bold("Timeline")}  about ${duration(makespan)} on the real thing; by its values alone ${duration(lowerBound)}`;
  return `${head}\n${legs.join("\n")}\n`;
}

export function faultsText(faults: readonly FaultReport[], runs: number, style: Style): string {
  const lines = faults.map(({ urn, fault, run, recovered, command, leftBehind }) => {
    const outcome = recovered === undefined ? style.red("did not recover") : `recovered in run ${recovered}`;
    const help = command === undefined ? "" : `\n                   after npm run recover, which does: ${command}`;
    const rest =
      leftBehind === undefined
        ? ""
        : `\n                   by another one; nothing knows of ${leftBehind} any more: delete it by hand`;
    return `  ${fault.padEnd(11)} run ${String(run).padEnd(2)} ${label(urn, style)}: ${outcome}${help}${rest}`;
  });
  return `${style.bold("Faults")}  ${count(faults.length, "fault")} injected in ${count(runs, "run")}\n${lines.join("\n")}\n`;
}

export interface Totals {
  readonly resources: number;
  readonly failed: number;
  /** By operation, those that did something or nothing alike. */
  readonly operations: Readonly<Record<string, number>>;
}

export function totalsOf({ resources }: Run): Totals {
  const custom = resources.filter(({ custom }) => custom);
  const operations: Record<string, number> = {};
  for (const { operation } of custom) operations[operation] = (operations[operation] ?? 0) + 1;
  return { resources: custom.length, failed: custom.filter(({ error }) => error !== undefined).length, operations };
}

/** What a month costs, by what is paid for. */
export function costText({ items, total, unpriced }: MonthlyCost): string {
  if (items.length === 0) return "";
  const groups = Map.groupBy(items, ({ kind, type }) => `${kind.replace("_", " ")} ${type}`);
  const lines = [...groups].map(([what, same]) => {
    const sum = same.reduce((all, { eurPerMonth }) => all + (eurPerMonth ?? 0), 0);
    return `  ${String(same.length).padStart(5)} × ${what.padEnd(24)} ${sum.toFixed(2).padStart(9)}`;
  });
  const without = unpriced.length === 0 ? "" : `  no price is known of ${unpriced.join(", ")}\n`;
  return `Cost  about €${total.toFixed(2)} a month at Hetzner, net, for orders made now\n${lines.join("\n")}\n${without}`;
}

export function totalsText({ resources, failed, operations }: Totals, wallSeconds: number, style: Style): string {
  if (resources === 0) return `Nothing was registered. Rehearsed in ${wallSeconds.toFixed(1)} s.\n`;
  const parts = Object.entries(operations).map(([operation, amount]) => `${amount} ${operation}`);
  const failures = failed === 0 ? "" : style.red(`, ${failed} failed`);
  return `${count(resources, "resource")}: ${parts.join(", ")}${failures}. Rehearsed in ${wallSeconds.toFixed(1)} s.\n`;
}
