import { z } from "zod";
import { readInputs, withoutUndefined } from "../../../inputs.ts";
import { type Props, ServiceError } from "../../../model.ts";
import {
  changed,
  type Door,
  id,
  labels,
  nameOf,
  type Resources,
  readBy,
  same,
  seconds,
  token,
  unlessGone,
  unlessRefused,
} from "./door.ts";

const ruleInputs = z.object({
  direction: z.string(),
  protocol: z.string(),
  port: z.string().optional(),
  sourceIps: z.array(z.string()).default([]),
  destinationIps: z.array(z.string()).default([]),
  description: z.string().optional(),
});
const applyInputs = z.object({ labelSelector: z.string().optional(), server: id.optional() });
const firewallInputs = z.object({
  name: z.string().optional(),
  labels,
  rules: z.array(ruleInputs).optional(),
  applyTos: z.array(applyInputs).optional(),
});
const attachmentInputs = z.object({
  firewallId: id,
  serverIds: z.array(id).default([]),
  labelSelectors: z.array(z.string()).default([]),
});

type RuleInputs = z.output<typeof ruleInputs>;

interface Resource {
  readonly type: "server" | "label_selector";
  readonly server?: { readonly id: number };
  readonly label_selector?: { readonly selector: string };
}

const ofServer = (server: number): Resource => ({ type: "server", server: { id: server } });
const ofSelector = (selector: string): Resource => ({ type: "label_selector", label_selector: { selector } });

function resource(applyTo: z.output<typeof applyInputs>): Resource {
  if (applyTo.labelSelector) return ofSelector(applyTo.labelSelector);
  if (applyTo.server) return ofServer(applyTo.server);
  throw new ServiceError("InvalidInput", "applyTos: one of labelSelector and server has to be given");
}

const ruleBody = (rule: RuleInputs): Props =>
  withoutUndefined({
    direction: rule.direction,
    protocol: rule.protocol,
    port: rule.port || undefined,
    source_ips: rule.sourceIps,
    destination_ips: rule.destinationIps,
    description: rule.description,
  });

/** Makes the firewall apply to exactly `wanted`. */
function applyExactly(door: Door, firewall: number, wanted: readonly Resource[]): void {
  const { firewalls } = door.model;
  const present: Resource[] = firewalls
    .get(firewall)
    .applied_to.map((entry) =>
      entry.type === "server" ? ofServer(entry.server.id) : ofSelector(entry.label_selector.selector),
    );
  const less = present.filter((entry) => !wanted.some((other) => same(entry, other)));
  const more = wanted.filter((entry) => !present.some((other) => same(entry, other)));
  if (less.length > 0) firewalls.removeFromResources(firewall, { remove_from: less });
  if (more.length > 0) firewalls.applyToResources(firewall, { apply_to: more });
}

function firewallOutputs(door: Door, firewall: number): Props {
  const row = door.model.firewalls.get(firewall);
  return {
    name: row.name,
    labels: row.labels,
    rules: row.rules.map((rule) =>
      withoutUndefined({
        direction: rule.direction,
        protocol: rule.protocol,
        // Empty, not absent, where the protocol has none.
        port: rule.port ?? "",
        sourceIps: rule.source_ips,
        destinationIps: rule.destination_ips,
        description: rule.description ?? undefined,
      }),
    ),
    applyTos: row.applied_to.map((entry) =>
      entry.type === "server" ? { server: entry.server.id } : { labelSelector: entry.label_selector.selector },
    ),
  };
}

export function firewallResources(door: Door): Resources {
  const { firewalls } = door.model;
  const attached = (inputs: z.output<typeof attachmentInputs>): Resource[] => [
    ...inputs.serverIds.map(ofServer),
    ...inputs.labelSelectors.map(ofSelector),
  ];
  return {
    [token("Firewall")]: {
      create(given, context) {
        const inputs = readInputs(firewallInputs, given);
        const firewall = firewalls.create({
          name: nameOf(inputs.name, context),
          labels: inputs.labels,
          rules: (inputs.rules ?? []).map(ruleBody),
          apply_to: (inputs.applyTos ?? []).map(resource),
        });
        return { id: String(firewall.id), outputs: firewallOutputs(door, firewall.id), seconds: seconds.firewall };
      },
      update(given, old) {
        const inputs = readInputs(firewallInputs, given);
        const firewall = firewalls.get(Number(old.id));
        const rename = changed({ name: inputs.name, labels: inputs.labels }, { ...firewall });
        if (rename !== undefined) firewalls.update(firewall.id, rename);
        // As the provider has it, rules that are left out altogether stay as they are.
        if (inputs.rules !== undefined) firewalls.setRules(firewall.id, { rules: inputs.rules.map(ruleBody) });
        if (inputs.applyTos !== undefined) applyExactly(door, firewall.id, inputs.applyTos.map(resource));
        return { outputs: firewallOutputs(door, firewall.id), seconds: seconds.firewall };
      },
      delete(old) {
        unlessGone(() => {
          applyExactly(door, Number(old.id), []);
          firewalls.delete(Number(old.id));
        });
        return seconds.firewall;
      },
      read: readBy((firewall) => firewallOutputs(door, firewall)),
    },
    [token("FirewallAttachment")]: {
      replaceOn: ["firewallId"],
      create(given) {
        const inputs = readInputs(attachmentInputs, given);
        unlessRefused(
          "firewall_already_applied",
          () => void firewalls.applyToResources(inputs.firewallId, { apply_to: attached(inputs) }),
        );
        return { id: String(inputs.firewallId), outputs: inputs, seconds: seconds.firewall };
      },
      update(given) {
        const inputs = readInputs(attachmentInputs, given);
        applyExactly(door, inputs.firewallId, attached(inputs));
        return { outputs: inputs, seconds: seconds.firewall };
      },
      delete(old) {
        const inputs = readInputs(attachmentInputs, old.inputs);
        unlessGone(() => void firewalls.removeFromResources(inputs.firewallId, { remove_from: attached(inputs) }));
        return seconds.firewall;
      },
      read: readBy((firewall) => {
        const { applied_to } = firewalls.get(firewall);
        return {
          firewallId: firewall,
          serverIds: applied_to.flatMap((entry) => (entry.type === "server" ? [entry.server.id] : [])),
          labelSelectors: applied_to.flatMap((entry) =>
            entry.type === "label_selector" ? [entry.label_selector.selector] : [],
          ),
        };
      }),
    },
  };
}
