import * as access from "./access.ts";
import * as addresses from "./addresses.ts";
import * as cluster from "./cluster.ts";
import * as dns from "./dns.ts";
import * as hetzner from "./hetzner.ts";
import * as nodes from "./nodes.ts";
import * as platform from "./platform.ts";
import type { Rule } from "./rule.ts";
import * as secrets from "./secrets.ts";

/** Every law between parts of a stage. */
export const rules: readonly Rule[] = [nodes, addresses, hetzner, access, cluster, platform, dns, secrets].flatMap(
  (group) =>
    Object.values(group).filter((rule): rule is Rule => typeof rule === "function" && rule.name !== "neededSecrets"),
);
