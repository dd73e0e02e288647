import { type FactsTable, kinds } from "./form.ts";

/** Charts of upkeep of nodes: read from their templates and definitions at the catalogue's versions, rendered with its values. */
export const nodesFacts: FactsTable = [
  ["kured", { kinds: [], webhooks: [], services: [] }],
  [
    "system-upgrade-controller",
    { kinds: kinds("upgrade.cattle.io", "v1", "Namespaced", ["Plan"]), webhooks: [], services: [] },
  ],
];
