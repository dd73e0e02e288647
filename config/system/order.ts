import type { Box, Drawing } from "../../lib/diagram/mermaid.ts";
import { markdownTable } from "../../lib/diagram/table.ts";
import { listed } from "../../lib/words.ts";
import type { Stage } from "../stage.ts";
import type { System } from "./system.ts";
import { type PlatformUnit, platformUnits } from "./units.ts";

const cluster = "cluster";

/** The platform in the order in which it comes: an arrow leads from each to what waits for it. */
export function orderDrawing(system: Pick<System, "stage" | "plan">): Drawing {
  const bundles = bundled(platformUnits(system));
  return {
    direction: "LR",
    members: [
      { id: cluster, lines: clusterLines(system.stage), shape: "round" },
      ...bundles.map(({ id, names }): Box => ({ id, lines: names })),
    ],
    arrows: bundles.flatMap(({ id, waitsFor }) =>
      (waitsFor.length === 0 ? [cluster] : waitsFor).map((from) => ({ from, to: id })),
    ),
  };
}

interface Bundle {
  readonly id: string;
  readonly names: readonly string[];
  readonly waitsFor: readonly string[];
}

/** Units that wait for the same ones, and that the same ones wait for, are one box. */
function bundled(units: readonly PlatformUnit[]): readonly Bundle[] {
  const followers = (name: string): readonly string[] =>
    units.filter(({ waitsFor }) => waitsFor.includes(name)).map((unit) => unit.name);
  const groups = Map.groupBy(units, ({ name, waitsFor }) => JSON.stringify([waitsFor, followers(name)]));
  const idOf = new Map([...groups].flatMap(([key, members]) => members.map(({ name }) => [name, key] as const)));
  return [...groups].map(([id, members]) => ({
    id,
    names: members.map(({ name }) => name),
    waitsFor: [...new Set((members[0]?.waitsFor ?? []).map((name) => idOf.get(name) ?? name))],
  }));
}

/** What is there before any release. */
function clusterLines({ cluster: { name, distribution, ...rest } }: Stage): readonly string[] {
  const parts = ["coredns", "metrics-server", "local-storage", "servicelb", "traefik"];
  const left = "disable" in rest ? rest.disable : parts;
  const brings = parts.filter((part) => !left.some((other) => other === part));
  return [
    `cluster ${name}: ${distribution}, its API answers`,
    ...(brings.length === 0 ? [] : [`brings ${listed(brings, "and")}`]),
  ];
}

/** The same in words. */
export function orderTable(system: Pick<System, "stage" | "plan">): string {
  return markdownTable(
    ["what", "what it is", "namespace", "waits for", "then makes"],
    platformUnits(system).map(({ name, description, namespaces, waitsFor, after }) => [
      `\`${name}\``,
      description,
      namespaces.join(", "),
      waitsFor.length === 0 ? "the cluster" : waitsFor.join(", "),
      [
        [...after.kinds].map(([kind, count]) => (count === 1 ? kind : `${count} ${kind}`)).join(", "),
        ...(after.waitsFor.length === 0 ? [] : [`once there is also ${listed(after.waitsFor, "and")}`]),
      ].join(" "),
    ]),
  );
}
