import { importCommand } from "../../lib/import-command.ts";
import type { Action, Left, Plan } from "../../lib/recover/plan.ts";
import type { Style } from "../../rehearsal/report/style.ts";

/** A plan as text, in the order in which it is done. */
export function planText({ actions, left }: Plan, style: Style): string {
  const done = actions.map((action) => {
    const [what, about, why, more] = described(action);
    return [
      `  ${style.cyan(what.padEnd(8))} ${style.bold(about)}: ${why}`,
      ...more.map((line) => `           ${style.dim(line)}`),
    ];
  });
  return [
    ...(actions.length === 0 ? ["Nothing to do."] : ["To do:", ...done.flat()]),
    ...leftText(left, style),
    "",
  ].join("\n");
}

/** What is left for somebody to do; no line when there is nothing. */
export function leftText(left: readonly Left[], style: Style): readonly string[] {
  if (left.length === 0) return [];
  return [
    "Left to you:",
    ...left.flatMap(({ about, message, remedy }) => [
      `  ${style.yellow(shortly(about))}: ${message.replaceAll("\n", "\n    ")}`,
      `    → ${remedy}`,
    ]),
  ];
}

type Described = readonly [what: string, about: string, why: string, more: readonly string[]];

function described(action: Action): Described {
  switch (action.do) {
    case "unlock":
      return ["unlock", "the stack", action.why, []];
    case "clear":
      return ["clear", shortly(action.urn), `interrupted while ${action.operation}; ${action.why}`, []];
    case "release": {
      const { release, why, records } = action.remedy;
      return ["helm", release, why, records.map((record) => `delete Secret ${record}`)];
    }
    case "refresh":
      return ["refresh", shortly(action.urn), action.why, []];
    case "adopt":
      return ["adopt", shortly(action.urn), action.why, []];
    case "import":
      return ["import", shortly(action.urn), action.why, [importCommand(action.resource)]];
    default:
      return action satisfies never;
  }
}

/** `worker-1 (hcloud:Server)` for a URN; anything else as it is. */
function shortly(about: string): string {
  const [urn = "", ...rest] = about.split(" ");
  const [start = "", , types = "", ...name] = urn.split("::");
  if (!start.startsWith("urn:pulumi:")) return about;
  const type = types.split("$").at(-1) ?? "";
  const [pack = "", , kind = ""] = type.split(":");
  return [`${name.join("::")} (${pack}:${kind})`, ...rest].join(" ");
}
