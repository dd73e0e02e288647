import { z } from "zod";
import { readInputs, withoutUndefined } from "../../inputs.ts";
import {
  type Context,
  type FunctionModel,
  type Props,
  type ProviderModel,
  type ResourceModel,
  ServiceError,
} from "../../model.ts";
import { digest } from "../shared/digest.ts";
import {
  type CloudflareModel,
  type CloudflareOptions,
  createModel,
  type DnsRecord,
  fullName,
  type Zone,
} from "./model.ts";

export type { CloudflareOptions } from "./model.ts";

const recordInputs = z.object({
  zoneId: z.string(),
  name: z.string(),
  type: z.string(),
  content: z.string().optional(),
  ttl: z.number(),
  proxied: z.boolean().default(false),
  priority: z.number().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  comment: z.string().optional(),
  tags: z.array(z.string()).default([]),
  settings: z.record(z.string(), z.unknown()).default({}),
});

type RecordInputs = z.output<typeof recordInputs>;

/** Reads inputs, and refuses what the provider itself refuses before it asks the API. */
function readRecord(given: Props): RecordInputs {
  const inputs = readInputs(recordInputs, given);
  if (inputs.proxied && inputs.ttl !== 1)
    throw new ServiceError("InvalidInput", `ttl: must be set to 1 when proxied is true, not ${inputs.ttl}`);
  return inputs;
}

function recordBody({ zoneId: _, ...inputs }: RecordInputs): Props {
  return withoutUndefined(inputs);
}

/** The record's own outputs. `name` stays as it was given: the provider takes only computed fields from the API. */
const recordOutputs = (record: DnsRecord, name: string): Props =>
  withoutUndefined({
    zoneId: record.zone_id,
    name,
    type: record.type,
    content: record.content,
    data: record.data,
    priority: record.priority,
    ttl: record.ttl,
    proxied: record.proxied,
    proxiable: record.proxiable,
    comment: record.comment ?? undefined,
    tags: record.tags,
    settings: record.settings,
    meta: JSON.stringify(record.meta),
    commentModifiedOn: record.comment_modified_on === undefined ? undefined : seconds(record.comment_modified_on),
    createdOn: seconds(record.created_on),
    modifiedOn: seconds(record.modified_on),
  });

/** The provider keeps no fractions of a second. */
const seconds = (time: string): string => time.replace(/\.\d+Z$/, "Z");

/** Endings that nobody writes as a name below a zone. */
const topLevel = /\.(?:com|net|org|io|dev|app|cloud|info|eu|de|uk|fr|nl|us|co|me|sh|xyz)$/;

/** The API takes such a name for one below the zone, and says nothing. */
function reportName(model: CloudflareModel, inputs: RecordInputs, context: Context): void {
  const zone = model.zones.get(inputs.zoneId).name;
  const plain = inputs.name.toLowerCase().replace(/\.$/, "");
  if (plain === zone || plain.endsWith(`.${zone}`)) return;
  const other = model.zones.list().find(({ name }) => plain === name || plain.endsWith(`.${name}`));
  if (other === undefined && !topLevel.test(plain)) return;
  context.finding({
    rule: "name-outside-zone",
    message: `record '${inputs.name}' is not within zone ${zone}: Cloudflare makes it ${fullName(zone, plain)}`,
    remedy: other === undefined ? `give a name that ends in .${zone}` : `put it into zone ${other.name} (${other.id})`,
  });
}

function recordResource(model: CloudflareModel): ResourceModel {
  return {
    replaceOn: ["zoneId", "type"],
    create(given, context) {
      const inputs = readRecord(given);
      const record = model.records.create(inputs.zoneId, recordBody(inputs));
      reportName(model, inputs, context);
      return { id: record.id, outputs: recordOutputs(record, inputs.name), seconds: 1 };
    },
    update(given, old, context) {
      const inputs = readRecord(given);
      const record = model.records.overwrite(inputs.zoneId, old.id, recordBody(inputs));
      reportName(model, inputs, context);
      return { outputs: recordOutputs(record, inputs.name), seconds: 1 };
    },
    delete(old) {
      model.records.delete(String(old.inputs.zoneId), old.id);
      return 1;
    },
    /** Imported as `<zone id>/<record id>`; a refresh knows the zone from the inputs. */
    read(id, inputs) {
      const [first = "", second] = id.split("/");
      const zone = second === undefined ? String(inputs.zoneId) : first;
      const record = model.records.get(zone, second ?? first);
      const outputs = recordOutputs(record, typeof inputs.name === "string" ? inputs.name : record.name);
      return { id: record.id, inputs: outputs, outputs };
    },
    importId: ({ id, inputs }) => `${String(inputs.zoneId)}/${id}`,
  };
}

function providerResource(model: CloudflareModel): ResourceModel {
  const inputs = z.object({ apiToken: z.string().optional(), apiKey: z.string().optional() });
  const check = (given: Props): void => {
    const { apiToken, apiKey } = readInputs(inputs, given);
    model.authorize(apiToken ?? apiKey);
  };
  return {
    secretOutputs: ["apiKey", "apiToken", "apiUserServiceKey"],
    create(given, context) {
      check(given);
      return { id: digest("cloudflare", context.urn).slice(0, 16), outputs: {}, seconds: 0 };
    },
    update(given) {
      check(given);
      return { outputs: {}, seconds: 0 };
    },
    delete: () => 0,
  };
}

const zoneResult = (zone: Zone): Props => ({
  id: zone.id,
  zoneId: zone.id,
  name: zone.name,
  status: zone.status,
  type: zone.type,
  paused: zone.paused,
  developmentMode: zone.development_mode,
  nameServers: zone.name_servers,
  account: zone.account,
  createdOn: zone.created_on,
  modifiedOn: zone.modified_on,
  activatedOn: zone.activated_on,
});

function functions(model: CloudflareModel): Readonly<Record<string, FunctionModel>> {
  const zoneArgs = z.object({
    zoneId: z.string().optional(),
    filter: z.object({ name: z.string().optional() }).optional(),
  });
  const recordArgs = z.object({ zoneId: z.string(), dnsRecordId: z.string() });
  return {
    "cloudflare:index/getZone:getZone": (args) => {
      const { zoneId, filter } = readInputs(zoneArgs, args);
      if (zoneId !== undefined) return zoneResult(model.zones.get(zoneId));
      const found = model.zones.list({ name: filter?.name });
      if (found.length !== 1 || found[0] === undefined) {
        throw new ServiceError(
          "InvalidInput",
          `filter: exactly one zone has to match, ${found.length} do: ${found.map((zone) => zone.name).join(", ") || "none"}`,
        );
      }
      return zoneResult(found[0]);
    },
    "cloudflare:index/getDnsRecord:getDnsRecord": (args) => {
      const { zoneId, dnsRecordId } = readInputs(recordArgs, args);
      const record = model.records.get(zoneId, dnsRecordId);
      return { ...recordOutputs(record, record.name), meta: record.meta, id: record.id, dnsRecordId: record.id };
    },
  };
}

/** `@pulumi/cloudflare` 6.22.1 (the provider's version 5) on simulated zones. */
export function createProvider(model: CloudflareModel): ProviderModel {
  const record = recordResource(model);
  const resources: Readonly<Record<string, ResourceModel>> = {
    "pulumi:providers:cloudflare": providerResource(model),
    "cloudflare:index/dnsRecord:DnsRecord": record,
    // The same resource under its old name.
    "cloudflare:index/record:Record": record,
  };
  const lookups = functions(model);
  return { name: "cloudflare", resource: (type) => resources[type], function: (token) => lookups[token] };
}

/** Cloudflare's zones, and the Pulumi provider that works on them. */
export function createCloudflare(options: CloudflareOptions): {
  readonly model: CloudflareModel;
  readonly provider: ProviderModel;
} {
  const model = createModel(options);
  return { model, provider: createProvider(model) };
}
