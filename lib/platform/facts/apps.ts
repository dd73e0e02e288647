import type { FactsTable } from "./form.ts";

/** Charts of applications: read from their templates and definitions at the catalogue's versions, rendered with its values. */
export const appsFacts: FactsTable = [
  ["linkding", { kinds: [], webhooks: [], services: [{ name: "linkding", ports: [9090] }] }],
];
