import { generateKeyPairSync } from "node:crypto";
import { createHetzner, type HetznerOptions } from "../../../rehearsal/clouds/hetzner/provider.ts";
import {
  type Context,
  type Existing,
  type Finding,
  type Props,
  type ProviderModel,
  type ResourceModel,
  ServiceError,
} from "../../../rehearsal/model.ts";

/** A refusal as its reader sees it, code in brackets at its end. Throws when the request is accepted. */
export function refusal(request: () => unknown): string {
  try {
    request();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (!error.message.endsWith(`(${error.code})`)) throw new Error(`${error.message} hides its code ${error.code}`);
    return error.message;
  }
  throw new Error("the request was accepted");
}

/** The code of a refusal alone. */
export const codeOf = (refused: string): string => /\((\w+)\)$/.exec(refused)?.[1] ?? "";

export const noon = new Date("2026-11-21T12:00:00Z");

export function hetzner(options: Partial<HetznerOptions> = {}) {
  return createHetzner({ tokens: ["token"], now: () => noon, ...options });
}

/** A network 10.0.0.0/16 with the subnet 10.0.1.0/24. */
export function withNetwork({ model }: Pick<ReturnType<typeof hetzner>, "model">) {
  const network = model.networks.create({
    name: "net",
    ip_range: "10.0.0.0/16",
    subnets: [{ type: "cloud", ip_range: "10.0.1.0/24", network_zone: "eu-central" }],
  });
  return network.id;
}

export const plainServer = { name: "node-1", server_type: "cpx22", image: "debian-13", location: "fsn1" };

const ssh = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);

/** A fresh Ed25519 public key in authorized_keys form. */
export function publicKey(): string {
  const raw = generateKeyPairSync("ed25519").publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  return `ssh-ed25519 ${Buffer.concat([ssh(Buffer.from("ssh-ed25519")), ssh(raw)]).toString("base64")} someone@example.com`;
}

/** Drives a provider's door as an engine does, resource by resource. */
export function door(provider: ProviderModel) {
  const findings: Finding[] = [];
  const urns = new Map<string, string>();
  const context = (type: string, name: string, dependsOn: readonly string[] = []): Context => {
    const urn = `urn:pulumi:test::groundwork::${type}::${name}`;
    return {
      urn,
      type,
      name,
      project: "groundwork",
      stack: "test",
      now: 0,
      dependencies: new Set(dependsOn.map((other) => urns.get(other) ?? `no resource ${other}`)),
      finding: (finding) => void findings.push({ ...finding, urn }),
    };
  };
  const find = (type: string): ResourceModel => {
    const model = provider.resource(type);
    if (model === undefined) throw new Error(`no model of ${type}`);
    return model;
  };
  return {
    findings,
    create(
      type: string,
      name: string,
      inputs: Props,
      dependsOn?: readonly string[],
    ): Existing & { readonly seconds: number } {
      const made = find(type).create(inputs, context(type, name, dependsOn));
      if (made instanceof Promise) throw new Error("these models answer at once");
      urns.set(name, `urn:pulumi:test::groundwork::${type}::${name}`);
      return { id: made.id, inputs, outputs: { ...inputs, ...made.outputs }, seconds: made.seconds };
    },
    update(type: string, name: string, inputs: Props, old: Existing): Existing & { readonly seconds: number } {
      const made = find(type).update?.(inputs, old, context(type, name));
      if (made === undefined || made instanceof Promise) throw new Error(`${type} has no update that answers at once`);
      return { id: old.id, inputs, outputs: { ...inputs, ...made.outputs }, seconds: made.seconds };
    },
    delete(type: string, name: string, old: Existing): number {
      const seconds = find(type).delete?.(old, context(type, name));
      if (seconds === undefined || seconds instanceof Promise)
        throw new Error(`${type} has no delete that answers at once`);
      return seconds;
    },
    read(type: string, id: string, inputs: Props = {}): Existing {
      const found = find(type).read?.(id, inputs, context(type, "read"));
      if (found === undefined || found instanceof Promise) throw new Error(`${type} has no read that answers at once`);
      return found;
    },
    call(token: string, args: Props): Props {
      const result = provider.function?.(token)?.(args, context(token, "call"));
      if (result === undefined || result instanceof Promise)
        throw new Error(`no function ${token} that answers at once`);
      return result;
    },
    finish: () => provider.finish?.({ project: "groundwork", stack: "test" }) ?? [],
  };
}
