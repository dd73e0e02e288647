import { z } from "zod";
import { readInputs, withoutUndefined } from "../inputs.ts";
import {
  type Context,
  type Created,
  type Props,
  type ProviderModel,
  type ResourceModel,
  ServiceError,
} from "../model.ts";
import { petName } from "./pets.ts";
import { createSource, createSources, type Source, shuffled } from "./source.ts";
import { randomText, textInputs } from "./text.ts";

const keepers = z.record(z.string(), z.string()).optional();

interface Shape<Schema extends z.ZodType<Props>> {
  readonly inputs: Schema;
  readonly secretOutputs?: readonly string[];
  /** The outputs beside the inputs, and the id, of one creation. */
  make(inputs: z.output<Schema>, source: Source): { readonly id: string; readonly outputs: Props };
}

/**
 * `@pulumi/random` 4.21.2. Every value follows from `seed` and the resource's URN.
 * Output shapes and ids: hashicorp/terraform-provider-random, internal/provider/resource_*.go.
 */
export function createRandom(args: { readonly seed: string }): ProviderModel {
  const sourceOf = createSources(args.seed);
  const models = new Map<string, ResourceModel>();

  const add = <Schema extends z.ZodType<Props>>(name: string, shape: Shape<Schema>): void => {
    const token = `random:index/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;
    models.set(token, {
      // Each input takes part in making the value; the real provider has no update that does anything.
      replaceOn: ["*"],
      ...(shape.secretOutputs ? { secretOutputs: shape.secretOutputs } : {}),
      create(given: Props, context: Context): Created {
        const inputs = readInputs(shape.inputs, given);
        const { id, outputs } = shape.make(inputs, sourceOf(context.urn));
        return { id, outputs: withoutUndefined({ ...inputs, ...outputs }), seconds: 0 };
      },
      update: (given, old) => ({ outputs: withoutUndefined({ ...old.outputs, ...given }), seconds: 0 }),
      delete: () => 0,
    });
  };

  add("RandomPassword", {
    inputs: textInputs,
    secretOutputs: ["bcryptHash", "result"],
    make(inputs, source) {
      const result = randomText(inputs, source);
      return { id: "none", outputs: { result, bcryptHash: bcryptShape(source) } };
    },
  });
  add("RandomString", {
    inputs: textInputs,
    make(inputs, source) {
      const result = randomText(inputs, source);
      return { id: result, outputs: { result } };
    },
  });
  add("RandomId", {
    inputs: z.object({ byteLength: z.number().int().min(1), prefix: z.string().optional(), keepers }),
    make(inputs, source) {
      const bytes = source.bytes(inputs.byteLength);
      const prefix = inputs.prefix ?? "";
      const b64Url = bytes.toString("base64url");
      return {
        id: b64Url,
        outputs: {
          b64Url: prefix + b64Url,
          b64Std: prefix + bytes.toString("base64"),
          hex: prefix + bytes.toString("hex"),
          dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
        },
      };
    },
  });
  add("RandomBytes", {
    inputs: z.object({ length: z.number().int().min(1), keepers }),
    secretOutputs: ["base64", "hex"],
    make(inputs, source) {
      const bytes = source.bytes(inputs.length);
      return { id: "none", outputs: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
    },
  });
  add("RandomPet", {
    inputs: z.object({
      length: z.number().int().min(1).default(2),
      prefix: z.string().optional(),
      separator: z.string().default("-"),
      keepers,
    }),
    make(inputs, source) {
      const pet = petName({ length: inputs.length, separator: inputs.separator, source });
      return { id: inputs.prefix ? `${inputs.prefix}${inputs.separator}${pet}` : pet, outputs: {} };
    },
  });
  add("RandomInteger", {
    inputs: z.object({ min: z.number().int(), max: z.number().int(), seed: z.string().optional(), keepers }),
    make(inputs, source) {
      if (inputs.max < inputs.min) {
        throw new ServiceError(
          "InvalidInput",
          `The minimum value (${inputs.min}) needs to be smaller than or equal to the maximum value (${inputs.max}).`,
        );
      }
      const result = inputs.min + seeded(inputs.seed, source).below(inputs.max - inputs.min + 1);
      return { id: String(result), outputs: { result } };
    },
  });
  for (const [name, version] of [
    ["RandomUuid", 4],
    ["RandomUuid4", 4],
    ["RandomUuid7", 7],
  ] as const) {
    add(name, {
      inputs: z.object({ keepers }),
      make(_, source) {
        const result = uuid(source, version);
        return { id: result, outputs: { result } };
      },
    });
  }
  add("RandomShuffle", {
    inputs: z.object({
      inputs: z.array(z.string()),
      resultCount: z.number().int().min(0).optional(),
      seed: z.string().optional(),
      keepers,
    }),
    make(inputs, source) {
      const wanted = inputs.inputs.length === 0 ? 0 : (inputs.resultCount ?? inputs.inputs.length);
      const from = seeded(inputs.seed, source);
      const results: string[] = [];
      // More results than inputs: whole permutations one after another, as the provider does.
      while (results.length < wanted) results.push(...shuffled(inputs.inputs, from));
      return { id: "-", outputs: { results: results.slice(0, wanted) } };
    },
  });

  return { name: "random", resource: (type) => models.get(type) };
}

/** With a `seed` of its own a resource yields the same value wherever it is. */
function seeded(seed: string | undefined, source: Source): Source {
  return seed === undefined || seed === "" ? source : createSource(seed, "seed");
}

function uuid(source: Source, version: number): string {
  const bytes = Buffer.from(source.bytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/**
 * The form of a bcrypt hash at the provider's cost of 10, sixty characters. It does not verify against the password:
 * nothing that a rehearsal runs asks a hash.
 */
function bcryptShape(source: Source): string {
  const alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return `$2a$10$${Array.from({ length: 53 }, () => alphabet[source.below(alphabet.length)]).join("")}`;
}
