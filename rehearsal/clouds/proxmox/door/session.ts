import { z } from "zod";
import { readInputs } from "../../../inputs.ts";
import { type Context, type ResourceModel, ServiceError } from "../../../model.ts";
import { digest } from "../../shared/digest.ts";
import type { Caller } from "../domain/access.ts";
import type { ProxmoxModel } from "../model.ts";

/** What every resource of the Pulumi door works with. */
export interface Door {
  readonly model: ProxmoxModel;
  /** Virtual machine -> whether the guest's agent is started by what it boots with. */
  readonly hasAgent: (userData: string | undefined) => boolean;
}

export type Resources = Readonly<Record<string, ResourceModel>>;

/** What is no text reaches a provider as JSON: the SDK writes it so for every provider of Pulumi's Terraform bridge. */
const json = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (typeof value === "string" ? (JSON.parse(value) as unknown) : value), schema);

const providerInputs = z.object({
  endpoint: z.string(),
  apiToken: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  insecure: json(z.boolean().default(false)),
  ssh: json(
    z
      .object({
        username: z.string().default(""),
        privateKey: z.string().optional(),
        password: z.string().optional(),
        agent: z.boolean().default(false),
        nodes: z.array(z.object({ name: z.string(), address: z.string(), port: z.number().default(22) })).default([]),
      })
      .optional(),
  ),
});

type ProviderInputs = z.output<typeof providerInputs>;

function readProvider(given: Readonly<Record<string, unknown>>): ProviderInputs {
  const inputs = readInputs(providerInputs, given);
  if (!inputs.endpoint.startsWith("https://"))
    throw new ServiceError(
      "InvalidInput",
      "you must specify a secure endpoint for the Proxmox Virtual Environment API (valid: https://host:port/)",
    );
  return inputs;
}

function signIn(model: ProxmoxModel, { apiToken, username, password }: ProviderInputs): Caller {
  if (apiToken !== undefined) return model.withToken(apiToken);
  if (username !== undefined && password !== undefined) {
    const { ticket } = model.signIn(username, password);
    return model.withTicket(ticket);
  }
  throw new ServiceError("InvalidInput", "must provide either user credentials, an API token, or a ticket");
}

/** `pulumi:providers:proxmoxve`: its token is checked before anything is asked of the cluster. */
export function providerResource(model: ProxmoxModel): ResourceModel {
  return {
    secretOutputs: ["apiToken", "password"],
    create(given, context) {
      signIn(model, readProvider(given));
      return { id: digest("proxmoxve", context.urn).slice(0, 16), outputs: {}, seconds: 0 };
    },
    update(given) {
      signIn(model, readProvider(given));
      return { outputs: {}, seconds: 0 };
    },
    delete: () => 0,
  };
}

/** Who the resource's provider signs in as. @throws ServiceError without an explicit provider: there is no other account. */
export function callerOf({ model }: Door, { provider }: Context): Caller {
  if (provider === undefined)
    throw new ServiceError("InvalidInput", "the default provider has neither an endpoint nor an API token");
  return signIn(model, readProvider(provider.inputs));
}

/** @throws ServiceError when the provider cannot sign in at its nodes. Source: terraform-provider-proxmox, proxmox/ssh/client.go */
export function demandSsh(model: ProxmoxModel, { provider }: Context, node: string): void {
  const ssh = readProvider(provider?.inputs ?? {}).ssh;
  const address = ssh?.nodes.find(({ name }) => name === node)?.address ?? model.network(node)[0]?.address ?? node;
  if (
    ssh !== undefined &&
    ssh.username !== "" &&
    (ssh.agent || ssh.privateKey !== undefined || ssh.password !== undefined)
  )
    return;
  throw new ServiceError(
    "ssh",
    `unable to authenticate user "${ssh?.username ?? ""}" over SSH to "${address}:22": give the provider's ssh a username and a privateKey`,
  );
}

/** The provider takes a thing that is gone for deleted. */
export function unlessGone(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (!(error instanceof ServiceError && error.message.includes("does not exist"))) throw error;
  }
}

/** Virtual seconds that the real service usually takes. Observed orders of magnitude, not promises. */
export const seconds = {
  quick: 1,
  upload: 2,
  /** An image of some 400 MB. */
  download: 20,
  create: 3,
  /** Each disk that an image is written to. */
  importDisk: 12,
  clone: 20,
  start: 3,
  stop: 2,
  shutdown: 20,
  delete: 3,
  reboot: 30,
} as const;
