import { z } from "zod";
import { readInputs, withoutUndefined } from "../../../inputs.ts";
import type { Props, ResourceModel } from "../../../model.ts";
import {
  changed,
  type Door,
  id,
  labels,
  nameOf,
  type Resources,
  readBy,
  seconds,
  token,
  unlessGone,
  unlessRefused,
  whenNamed,
} from "./door.ts";

const groupInputs = z.object({ name: z.string().optional(), type: z.string(), labels });
const keyInputs = z.object({ name: z.string().optional(), publicKey: z.string(), labels });
const ipInputs = z.object({
  name: z.string().optional(),
  type: z.string(),
  location: z.string().optional(),
  datacenter: z.undefined("removed on 1 July 2026, use location").optional(),
  assigneeId: id.optional(),
  assigneeType: z.string().optional(),
  autoDelete: z.boolean().default(false),
  labels,
  deleteProtection: z.boolean().default(false),
});
const uploadedInputs = z.object({
  name: z.string().optional(),
  certificate: z.string(),
  privateKey: z.string(),
  labels,
});
const managedInputs = z.object({ name: z.string().optional(), domainNames: z.array(z.string()), labels });

interface Labelled<Inputs> {
  readonly of: {
    create(body: Props): { readonly id: number };
    update(id: number, body: Props): unknown;
    delete(id: number): void;
  };
  readonly inputs: z.ZodType<Inputs>;
  /** What it is made with beside its name and labels. */
  readonly body: (inputs: Inputs) => Props;
  readonly outputs: (id: number) => Props;
  /** That it takes to be made. Absent: as any change of it. */
  readonly seconds?: number;
}

/** Something that changes in its name and labels alone. */
function labelled<Inputs extends { readonly name?: string | undefined; readonly labels: Record<string, string> }>(
  args: Labelled<Inputs>,
): Pick<ResourceModel, "create" | "update" | "delete" | "read"> {
  const { of, outputs, seconds: making = seconds.quick } = args;
  return {
    create(given, context) {
      const inputs = readInputs(args.inputs, given);
      const { id } = of.create({ ...args.body(inputs), name: nameOf(inputs.name, context), labels: inputs.labels });
      return { id: String(id), outputs: outputs(id), seconds: making };
    },
    update(given, old) {
      const { name, labels } = readInputs(args.inputs, given);
      of.update(Number(old.id), withoutUndefined({ name, labels }));
      return { outputs: outputs(Number(old.id)), seconds: seconds.quick };
    },
    delete(old) {
      unlessGone(() => of.delete(Number(old.id)));
      return seconds.quick;
    },
    read: readBy(outputs),
  };
}

function ipOutputs(door: Door, ip: number): Props {
  const row = door.model.primary_ips.get(ip);
  const address = row.ip.split("/")[0] ?? "";
  return {
    name: row.name,
    type: row.type,
    location: row.location.name,
    // The provider's word for "nobody".
    assigneeId: row.assignee_id ?? 0,
    assigneeType: row.assignee_type,
    autoDelete: row.auto_delete,
    labels: row.labels,
    deleteProtection: row.protection.delete,
    ipAddress: address,
    ipNetwork: row.type === "ipv6" ? row.ip : "",
  };
}

export function otherResources(door: Door): Resources {
  const { placement_groups, ssh_keys, primary_ips, certificates, servers } = door.model;
  const groupOutputs = (group: number): Props => {
    const { name, labels, type, servers } = placement_groups.get(group);
    return { name, labels, type, servers };
  };
  const keyOutputs = (key: number): Props => {
    const { name, fingerprint, public_key, labels } = ssh_keys.get(key);
    return { name, fingerprint, publicKey: public_key, labels };
  };
  const certificateOutputs = (certificate: number): Props => {
    const row = certificates.get(certificate);
    return {
      name: row.name,
      type: row.type,
      certificate: row.certificate ?? "",
      fingerprint: row.fingerprint ?? "",
      domainNames: row.domain_names,
      created: row.created,
      notValidBefore: row.not_valid_before,
      notValidAfter: row.not_valid_after,
      labels: row.labels,
    };
  };
  return {
    [token("PlacementGroup")]: labelled({
      of: placement_groups,
      inputs: groupInputs,
      body: ({ type }) => ({ type }),
      outputs: groupOutputs,
    }),
    [token("SshKey")]: {
      replaceOn: ["publicKey"],
      deleteBeforeReplace: whenNamed,
      ...labelled({
        of: ssh_keys,
        inputs: keyInputs,
        body: ({ publicKey }) => ({ public_key: publicKey }),
        outputs: keyOutputs,
      }),
    },
    [token("PrimaryIp")]: {
      replaceOn: ["type", "location"],
      deleteBeforeReplace: whenNamed,
      create(given, context) {
        const inputs = readInputs(ipInputs, given);
        const body = {
          type: inputs.type,
          location: inputs.location,
          assignee_id: inputs.assigneeId,
          assignee_type: inputs.assigneeType,
        };
        const ip = primary_ips.create(
          withoutUndefined({
            ...body,
            name: nameOf(inputs.name, context),
            auto_delete: inputs.autoDelete,
            labels: inputs.labels,
          }),
        );
        if (inputs.deleteProtection) primary_ips.changeProtection(ip.id, { delete: true });
        return { id: String(ip.id), outputs: ipOutputs(door, ip.id), seconds: seconds.primaryIp };
      },
      update(given, old) {
        const inputs = readInputs(ipInputs, given);
        const row = primary_ips.get(Number(old.id));
        if (inputs.deleteProtection !== row.protection.delete)
          primary_ips.changeProtection(row.id, { delete: inputs.deleteProtection });
        // A server that was given this IP is no business of this resource unless it names an assignee itself.
        if (inputs.assigneeId !== undefined && inputs.assigneeId !== row.assignee_id) {
          if (row.assignee_id !== null) primary_ips.unassign(row.id);
          primary_ips.assign(row.id, { assignee_id: inputs.assigneeId, assignee_type: "server" });
        }
        const update = changed(
          { name: inputs.name, labels: inputs.labels, auto_delete: inputs.autoDelete },
          { ...row },
        );
        if (update !== undefined) primary_ips.update(row.id, update);
        return { outputs: ipOutputs(door, row.id), seconds: seconds.primaryIp };
      },
      delete(old) {
        let duration: number = seconds.primaryIp;
        unlessGone(() => {
          const row = primary_ips.get(Number(old.id));
          if (row.assignee_id !== null) {
            // The provider stops the server for it, and starts it again.
            servers.actions.poweroff(row.assignee_id);
            primary_ips.unassign(row.id);
            unlessRefused("invalid_input", () => void servers.actions.poweron(row.assignee_id ?? 0));
            duration += 2 * seconds.power;
          }
          primary_ips.delete(row.id);
        });
        return duration;
      },
      read: readBy((ip) => ipOutputs(door, ip)),
    },
    [token("UploadedCertificate")]: {
      replaceOn: ["certificate", "privateKey"],
      deleteBeforeReplace: whenNamed,
      secretOutputs: ["privateKey"],
      ...labelled({
        ...{ of: certificates, inputs: uploadedInputs, outputs: certificateOutputs, seconds: seconds.certificate },
        body: ({ certificate, privateKey }) => ({ type: "uploaded", certificate, private_key: privateKey }),
      }),
    },
    [token("ManagedCertificate")]: {
      replaceOn: ["domainNames"],
      deleteBeforeReplace: whenNamed,
      ...labelled({
        ...{ of: certificates, inputs: managedInputs, outputs: certificateOutputs, seconds: seconds.certificate },
        body: ({ domainNames }) => ({ type: "managed", domain_names: domainNames }),
      }),
    },
  };
}
