import type { FactsTable } from "./form.ts";

/** Charts of applications: read from their templates and definitions at the catalogue's versions, rendered with its values. */
export const appsFacts: FactsTable = [
  ["linkding", { kinds: [], webhooks: [], services: [{ name: "linkding", ports: [9090] }] }],
  ["oauth2-proxy", { kinds: [], webhooks: [], services: [{ name: "oauth2-proxy", ports: [80, 44180] }] }],
  ["headlamp", { kinds: [], webhooks: [], services: [{ name: "headlamp", ports: [80] }] }],
];
