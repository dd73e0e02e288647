import { faultNames, faults } from "./faults.ts";
import { allOrders, cellOf } from "./orders.ts";
import { type Provider, providers } from "./victims.ts";

/** docs/faults.md: the matrix for people. */
export function faultsPage(): string {
  const orders = allOrders();
  return [
    "# What comes of failures",
    "",
    "Every fault that a service can have befalls every provider while `prod` is made, Proxmox VE's while the machines of",
    "`homelab-production` are: on the real engine, with the real provider plugins, against the simulated clouds. This page",
    "is made from the table that the test is made from (`tests/engine/matrix`); `npm test` holds both complete and equal.",
    "",
    "    npm run test:engine -- tests/engine/faults                                  # each fault, at one provider",
    "    GROUNDWORK_ENGINE_FAULTS=all npm run test:engine -- tests/engine/faults     # all of it",
    "",
    "At its end a preview has nothing left to do, a refresh finds nothing, no service has anything that the state does not",
    "know, and no secret is in the state in plain text or in anything that was said.",
    "",
    `| fault | ${providers.join(" | ")} |`,
    `|---|${providers.map(() => "---|").join("")}`,
    ...faultNames.map((fault) => `| ${fault} | ${providers.map((provider) => shown(provider, fault)).join(" | ")} |`),
    "",
    "- **absorbed**: the provider tries again by itself; the `up` goes through.",
    "- **next up**: that `up` fails and says why; the next one makes it.",
    "- **recover**: no `up` gets through any more, since the service has what the state does not know, or the state what the",
    "  service does not have. [`npm run recover`](recover.md) sees to it, and the next `up` goes through.",
    "- –: it cannot happen there, for the reason below.",
    "",
    "## The faults",
    "",
    ...faultNames.map((fault) => `- **${fault}**: ${faults[fault]}.`),
    "",
    "## Where they cannot happen",
    "",
    ...providers.flatMap((provider) => {
      const reasons = Map.groupBy(
        faultNames.flatMap((fault) => {
          const cell = cellOf(provider, fault);
          return "cannot" in cell ? [{ fault, why: cell.cannot }] : [];
        }),
        ({ why }) => why,
      );
      return [...reasons].map(([why, of]) => `- ${provider}, ${of.map(({ fault }) => fault).join(" and ")}: ${why}.`);
    }),
    "",
    "## What they befall",
    "",
    ...providers.flatMap((provider) => [
      `- ${provider}: ${[
        ...new Set(
          orders.filter((order) => order.provider === provider).map(({ victim }) => victim.kind.replace("later ", "")),
        ),
      ].join(", ")}.`,
    ]),
    "",
  ].join("\n");
}

function shown(provider: Provider, fault: (typeof faultNames)[number]): string {
  const cell = cellOf(provider, fault);
  if ("cannot" in cell) return "–";
  const ways = Map.groupBy(cell, ({ outcome }) => (outcome === "absorbed" ? outcome : outcome.way));
  if (ways.size === 1) return [...ways.keys()].join();
  return [...ways].map(([way, of]) => `${way} (${of.map(({ of: kind = "" }) => kind).join(", ")})`).join(", ");
}
