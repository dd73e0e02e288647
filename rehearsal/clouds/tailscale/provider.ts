import { z } from "zod";
import { readInputs, withoutUndefined } from "../../inputs.ts";
import { type FunctionModel, type Props, type ProviderModel, type ResourceModel, ServiceError } from "../../model.ts";
import { digest } from "../shared/digest.ts";
import type { Credentials } from "./credentials.ts";
import { deviceFunctions, deviceResources } from "./device-door.ts";
import { createModel, type TailscaleModel } from "./model.ts";
import type { Session } from "./session.ts";
import type { TailscaleOptions } from "./state.ts";

export type { TailscaleOptions } from "./state.ts";

const providerInputs = z.object({
  apiKey: z.string().optional(),
  oauthClientId: z.string().optional(),
  oauthClientSecret: z.string().optional(),
  // Lists reach a provider as JSON text.
  scopes: z
    .union([z.array(z.string()), z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text)))])
    .optional(),
  tailnet: z.string().optional(),
});

function signIn(model: TailscaleModel, given: Props): Credentials {
  const { apiKey, oauthClientId, oauthClientSecret, scopes, tailnet } = readInputs(providerInputs, given);
  if (tailnet !== undefined && tailnet !== "-" && tailnet !== model.tailnet)
    throw new ServiceError("404", `tailnet '${tailnet}' not found: the credentials are of '${model.tailnet}'`);
  if (apiKey) {
    if (oauthClientId || oauthClientSecret)
      throw new ServiceError("InvalidInput", "apiKey conflicts with oauthClientId and oauthClientSecret");
    return model.withApiKey(apiKey);
  }
  if (!oauthClientId || !oauthClientSecret)
    throw new ServiceError(
      "InvalidInput",
      "either apiKey or both oauthClientId and oauthClientSecret have to be given",
    );
  return model.withOauthClient(
    withoutUndefined({ client_id: oauthClientId, client_secret: oauthClientSecret, scope: scopes?.join(" ") }),
  );
}

function providerResource(model: TailscaleModel, session: Session): ResourceModel {
  return {
    secretOutputs: ["apiKey", "identityToken", "oauthClientSecret"],
    create(given, context) {
      session.credentials = signIn(model, given);
      return { id: digest("tailscale", context.urn).slice(0, 16), outputs: {}, seconds: 0 };
    },
    update(given) {
      session.credentials = signIn(model, given);
      return { outputs: {}, seconds: 0 };
    },
    delete: () => 0,
  };
}

const keyInputs = z.object({
  reusable: z.boolean().default(false),
  ephemeral: z.boolean().default(false),
  preauthorized: z.boolean().default(false),
  tags: z.array(z.string()).default([]),
  expiry: z.number().optional(),
  description: z.string().max(50).default(""),
  recreateIfInvalid: z.enum(["", "always", "never"]).optional(),
});

/** The provider cuts the API's timestamps down to seconds. */
const seconds = (timestamp: string): string => timestamp.replace(/\.\d+Z$/, "Z");

function keyResource(model: TailscaleModel, session: Session): ResourceModel {
  const outputs = (id: string, inputs: Props): Props => {
    const key = model.keys.get(session.credentials, id);
    const { reusable, ephemeral, preauthorized, tags } = key.capabilities.devices.create;
    return withoutUndefined({
      reusable,
      ephemeral,
      preauthorized,
      tags,
      expiry: key.expirySeconds,
      description: key.description,
      createdAt: seconds(key.created),
      expiresAt: seconds(key.expires),
      invalid: key.invalid,
      userId: key.userId,
      recreateIfInvalid: inputs.recreateIfInvalid,
    });
  };
  return {
    replaceOn: ["reusable", "ephemeral", "tags", "preauthorized", "expiry", "description"],
    secretOutputs: ["key"],
    create(given) {
      const inputs = readInputs(keyInputs, given);
      const { reusable, ephemeral, preauthorized, tags } = inputs;
      const key = model.keys.create(session.credentials, {
        capabilities: { devices: { create: { reusable, ephemeral, preauthorized, tags } } },
        expirySeconds: inputs.expiry ?? 0,
        description: inputs.description,
      });
      return { id: key.id, outputs: { ...outputs(key.id, inputs), key: key.key }, seconds: 1 };
    },
    update(given, old) {
      const { recreateIfInvalid } = readInputs(keyInputs, given);
      return { outputs: withoutUndefined({ ...old.outputs, recreateIfInvalid }), seconds: 1 };
    },
    delete(old) {
      // Used or expired, it may be gone already.
      unlessStatus("404", () => model.keys.delete(session.credentials, old.id));
      return 1;
    },
    read(id, inputs) {
      let found: Props = { ...inputs, invalid: true };
      unlessStatus("404", () => {
        found = outputs(id, inputs);
      });
      return { id, inputs, outputs: found };
    },
  };
}

function unlessStatus(status: string, request: () => void): void {
  try {
    request();
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === status)) throw error;
  }
}

function aclResource(model: TailscaleModel, session: Session): ResourceModel {
  const inputs = z.object({
    acl: z.string(),
    overwriteExistingContent: z.boolean().default(false),
    resetAclOnDestroy: z.boolean().default(false),
  });
  return {
    create(given, context) {
      const { acl, overwriteExistingContent } = readInputs(inputs, given);
      try {
        model.policy.set(session.credentials, acl, overwriteExistingContent ? undefined : "ts-default");
      } catch (error) {
        if (!(error instanceof ServiceError && error.code === "412")) throw error;
        throw new ServiceError(
          "412",
          "the tailnet has a policy of its own, which this would replace as a whole: import it first, or set overwriteExistingContent",
        );
      }
      return { id: digest("acl", context.urn).slice(0, 32), outputs: { acl }, seconds: 1 };
    },
    update(given) {
      const { acl } = readInputs(inputs, given);
      model.policy.set(session.credentials, acl);
      return { outputs: { acl }, seconds: 1 };
    },
    delete(old) {
      if (old.inputs.resetAclOnDestroy === true) model.policy.set(session.credentials, "");
      return 1;
    },
    read(id, given) {
      const outputs = { ...given, acl: model.policy.get(session.credentials).hujson };
      return { id, inputs: outputs, outputs };
    },
  };
}

/** `@pulumi/tailscale` 0.29.1 on a simulated tailnet. */
export function createProvider(model: TailscaleModel): ProviderModel {
  const session: Session = { credentials: { kind: "api-key" } };
  const resources: Readonly<Record<string, ResourceModel>> = {
    "pulumi:providers:tailscale": providerResource(model, session),
    "tailscale:index/tailnetKey:TailnetKey": keyResource(model, session),
    "tailscale:index/acl:Acl": aclResource(model, session),
    ...deviceResources(model, session),
  };
  const functions: Readonly<Record<string, FunctionModel>> = {
    ...deviceFunctions(model, session),
    "tailscale:index/getAcl:getAcl": () => {
      const { hujson } = model.policy.get(session.credentials);
      return { id: "acl", hujson, json: hujson };
    },
  };
  return { name: "tailscale", resource: (type) => resources[type], function: (token) => functions[token] };
}

/** A tailnet, and the Pulumi provider that works on it. */
export function createTailscale(options: TailscaleOptions): {
  readonly model: TailscaleModel;
  readonly provider: ProviderModel;
} {
  const model = createModel(options);
  return { model, provider: createProvider(model) };
}
