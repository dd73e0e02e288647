import { z } from "zod";
import { readInputs, withoutUndefined } from "../../inputs.ts";
import { type FunctionModel, type Props, type ResourceModel, ServiceError } from "../../model.ts";
import { digest } from "../shared/digest.ts";
import type { TailscaleModel } from "./model.ts";
import type { Device } from "./rows.ts";
import type { Session } from "./session.ts";

const tagInputs = z.object({ deviceId: z.string(), tags: z.array(z.string()) });
const keyInputs = z.object({ deviceId: z.string(), keyExpiryDisabled: z.boolean().default(false) });
const routeInputs = z.object({ deviceId: z.string(), routes: z.array(z.string()) });
const authorizationInputs = z.object({ deviceId: z.string(), authorized: z.boolean() });

/** Resources that set one thing of a device that joined by itself. */
export function deviceResources(model: TailscaleModel, session: Session): Readonly<Record<string, ResourceModel>> {
  const { devices } = model;
  const setting = <Inputs extends { readonly deviceId: string }>(
    schema: z.ZodType<Inputs>,
    handlers: {
      readonly set: (inputs: Inputs, report: Parameters<ResourceModel["create"]>[1]) => void;
      readonly unset?: (inputs: Inputs) => void;
      readonly show: (device: Device) => Props;
      readonly id?: (urn: string) => string;
    },
  ): ResourceModel => ({
    replaceOn: ["deviceId"],
    create(given, context) {
      const inputs = readInputs(schema, given);
      handlers.set(inputs, context);
      return { id: handlers.id?.(context.urn) ?? inputs.deviceId, outputs: { ...inputs }, seconds: 1 };
    },
    update(given, _old, context) {
      const inputs = readInputs(schema, given);
      handlers.set(inputs, context);
      return { outputs: { ...inputs }, seconds: 1 };
    },
    delete(old) {
      handlers.unset?.(readInputs(schema, old.inputs));
      return 1;
    },
    read(id, inputs) {
      const deviceId = typeof inputs.deviceId === "string" ? inputs.deviceId : id;
      const outputs = { deviceId, ...handlers.show(devices.get(session.credentials, deviceId)) };
      return { id, inputs: outputs, outputs };
    },
  });
  return {
    "tailscale:index/deviceTags:DeviceTags": setting(tagInputs, {
      set(inputs, context) {
        const before = devices.get(session.credentials, inputs.deviceId);
        devices.setTags(session.credentials, inputs.deviceId, { tags: inputs.tags });
        const lost = before.tags.filter((tag) => !inputs.tags.includes(tag));
        if (lost.length > 0) {
          context.finding({
            rule: "device-tags-lost",
            message: `device ${before.name} loses ${lost.join(", ")}: DeviceTags replaces all of a device's tags`,
            remedy: "name every tag that the device is to keep",
          });
        }
      },
      unset: (inputs) => void devices.setTags(session.credentials, inputs.deviceId, { tags: [] }),
      show: (device) => ({ tags: device.tags }),
    }),
    "tailscale:index/deviceKey:DeviceKey": setting(keyInputs, {
      set: (inputs) =>
        void devices.setKey(session.credentials, inputs.deviceId, { keyExpiryDisabled: inputs.keyExpiryDisabled }),
      unset: (inputs) => void devices.setKey(session.credentials, inputs.deviceId, {}),
      show: (device) => ({ keyExpiryDisabled: device.keyExpiryDisabled }),
    }),
    "tailscale:index/deviceSubnetRoutes:DeviceSubnetRoutes": setting(routeInputs, {
      set(inputs, context) {
        const device = devices.setRoutes(session.credentials, inputs.deviceId, { routes: inputs.routes });
        const idle = inputs.routes.filter((route) => !device.advertisedRoutes.includes(route));
        if (idle.length > 0) {
          context.finding({
            rule: "route-not-advertised",
            message: `device ${device.name} may route ${idle.join(", ")} but does not offer to: no traffic takes that way`,
            remedy: "advertise the routes on the device (tailscale up --advertise-routes)",
          });
        }
      },
      unset: (inputs) => void devices.setRoutes(session.credentials, inputs.deviceId, { routes: [] }),
      show: (device) => ({ routes: device.enabledRoutes }),
      id: (urn) => digest("routes", urn).slice(0, 32),
    }),
    "tailscale:index/deviceAuthorization:DeviceAuthorization": setting(authorizationInputs, {
      set: (inputs) =>
        void devices.setAuthorized(session.credentials, inputs.deviceId, { authorized: inputs.authorized }),
      show: (device) => ({ authorized: device.authorized }),
    }),
  };
}

const timestamp = (text: string): string => text.replace(/\.\d+Z$/, "Z");

const deviceResult = (device: Device): Props => ({
  id: device.id,
  nodeId: device.nodeId,
  name: device.name,
  hostname: device.hostname,
  addresses: device.addresses,
  authorized: device.authorized,
  blocksIncomingConnections: device.blocksIncomingConnections,
  clientVersion: device.clientVersion,
  created: timestamp(device.created),
  expires: timestamp(device.expires),
  isExternal: device.isExternal,
  keyExpiryDisabled: device.keyExpiryDisabled,
  lastSeen: timestamp(device.lastSeen),
  machineKey: device.machineKey,
  nodeKey: device.nodeKey,
  os: device.os,
  tags: device.tags,
  tailnetLockError: device.tailnetLockError,
  tailnetLockKey: device.tailnetLockKey,
  updateAvailable: device.updateAvailable,
  user: device.user,
});

const deviceArgs = z.object({
  name: z.string().optional(),
  hostname: z.string().optional(),
  waitFor: z
    .string()
    .regex(/^(\d+(\.\d+)?(ms|s|m|h))+$/, "a duration such as 60s")
    .optional(),
});
const devicesArgs = z.object({
  namePrefix: z.string().optional(),
  filters: z.array(z.object({ name: z.string(), values: z.array(z.string()) })).optional(),
});

function matches(device: Device, filter: { readonly name: string; readonly values: readonly string[] }): boolean {
  const fields: Readonly<Record<string, unknown>> = { ...device };
  const value = fields[filter.name];
  if (value === undefined) throw new ServiceError("400", `filter '${filter.name}' is no field of a device`);
  const present = Array.isArray(value) ? value.map(String) : [String(value)];
  return filter.values.some((wanted) => present.includes(wanted));
}

export function deviceFunctions(model: TailscaleModel, session: Session): Readonly<Record<string, FunctionModel>> {
  return {
    /** `waitFor` is taken and never needed: what the call depends on has happened when it is made, or never will. */
    "tailscale:index/getDevice:getDevice": (args, context) => {
      const wanted = readInputs(deviceArgs, args);
      if ((wanted.name === undefined) === (wanted.hostname === undefined))
        throw new ServiceError("InvalidInput", "exactly one of name and hostname has to be given");
      const criterion = wanted.name === undefined ? `hostname="${wanted.hostname}"` : `name="${wanted.name}"`;
      const found = model.devices.list(session.credentials, { name: wanted.name, hostname: wanted.hostname });
      const [first] = found;
      if (first === undefined) {
        const waited = wanted.waitFor === undefined ? "" : `failed after maximum of retries within ${wanted.waitFor}: `;
        throw new ServiceError("404", `${waited}could not find device with ${criterion}`);
      }
      if (found.length > 1) {
        context.finding({
          rule: "ambiguous-device",
          message: `${found.length} devices have ${criterion}: ${found.map((device) => device.name).join(", ")}; the provider takes the first`,
          remedy: "look the device up by its full name, and delete devices that are gone",
        });
      }
      return withoutUndefined({ ...deviceResult(first), waitFor: wanted.waitFor });
    },
    "tailscale:index/getDevices:getDevices": (args) => {
      const { namePrefix, filters } = readInputs(devicesArgs, args);
      const devices = model.devices
        .list(session.credentials)
        .filter(
          (device) =>
            device.name.startsWith(namePrefix ?? "") && (filters ?? []).every((filter) => matches(device, filter)),
        );
      return withoutUndefined({
        id: digest("devices", namePrefix ?? "").slice(0, 32),
        namePrefix,
        filters,
        devices: devices.map(deviceResult),
      });
    },
  };
}
