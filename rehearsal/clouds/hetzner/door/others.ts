import { z } from "zod";
import { readInputs, withoutUndefined } from "../../../inputs.ts";
import type { Props } from "../../../model.ts";
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
  const certificate = <Inputs extends { readonly name?: string | undefined; readonly labels: Record<string, string> }>(
    schema: z.ZodType<Inputs>,
    body: (inputs: Inputs) => Props,
  ) => ({
    create(given: Props, context: Parameters<typeof nameOf>[1]) {
      const inputs = readInputs(schema, given);
      const row = certificates.create({ ...body(inputs), name: nameOf(inputs.name, context), labels: inputs.labels });
      return { id: String(row.id), outputs: certificateOutputs(row.id), seconds: seconds.certificate };
    },
    update(given: Props, old: { readonly id: string }) {
      const inputs = readInputs(schema, given);
      certificates.update(Number(old.id), withoutUndefined({ name: inputs.name, labels: inputs.labels }));
      return { outputs: certificateOutputs(Number(old.id)), seconds: seconds.quick };
    },
    delete(old: { readonly id: string }) {
      unlessGone(() => certificates.delete(Number(old.id)));
      return seconds.quick;
    },
    read: readBy(certificateOutputs),
  });
  return {
    [token("PlacementGroup")]: {
      create(given, context) {
        const inputs = readInputs(groupInputs, given);
        const group = placement_groups.create({
          name: nameOf(inputs.name, context),
          type: inputs.type,
          labels: inputs.labels,
        });
        return { id: String(group.id), outputs: groupOutputs(group.id), seconds: seconds.quick };
      },
      update(given, old) {
        const inputs = readInputs(groupInputs, given);
        placement_groups.update(Number(old.id), withoutUndefined({ name: inputs.name, labels: inputs.labels }));
        return { outputs: groupOutputs(Number(old.id)), seconds: seconds.quick };
      },
      delete(old) {
        unlessGone(() => placement_groups.delete(Number(old.id)));
        return seconds.quick;
      },
      read: readBy(groupOutputs),
    },
    [token("SshKey")]: {
      replaceOn: ["publicKey"],
      deleteBeforeReplace: whenNamed,
      create(given, context) {
        const inputs = readInputs(keyInputs, given);
        const key = ssh_keys.create({
          name: nameOf(inputs.name, context),
          public_key: inputs.publicKey,
          labels: inputs.labels,
        });
        return { id: String(key.id), outputs: keyOutputs(key.id), seconds: seconds.quick };
      },
      update(given, old) {
        const inputs = readInputs(keyInputs, given);
        ssh_keys.update(Number(old.id), withoutUndefined({ name: inputs.name, labels: inputs.labels }));
        return { outputs: keyOutputs(Number(old.id)), seconds: seconds.quick };
      },
      delete(old) {
        unlessGone(() => ssh_keys.delete(Number(old.id)));
        return seconds.quick;
      },
      read: readBy(keyOutputs),
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
      ...certificate(uploadedInputs, (inputs) => ({
        type: "uploaded",
        certificate: inputs.certificate,
        private_key: inputs.privateKey,
      })),
    },
    [token("ManagedCertificate")]: {
      replaceOn: ["domainNames"],
      deleteBeforeReplace: whenNamed,
      ...certificate(managedInputs, (inputs) => ({ type: "managed", domain_names: inputs.domainNames })),
    },
  };
}
