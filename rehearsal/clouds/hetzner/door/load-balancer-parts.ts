import { createHash } from "node:crypto";
import { z } from "zod";
import { readInputs, withoutUndefined } from "../../../inputs.ts";
import { type Context, type Props, ServiceError } from "../../../model.ts";
import { type Door, id, type Resources, seconds, token, unlessGone, unlessRefused } from "./door.ts";
import { balancerNetworkKey } from "./load-balancers.ts";
import { attachmentKey } from "./servers.ts";
import { serviceOutputs } from "./service-outputs.ts";

const httpInputs = z.object({
  stickySessions: z.boolean().optional(),
  cookieName: z.string().optional(),
  cookieLifetime: z.number().optional(),
  certificates: z.array(id).optional(),
  redirectHttp: z.boolean().optional(),
  timeoutIdle: z.number().optional(),
});
const checkInputs = z.object({
  protocol: z.string(),
  port: z.number(),
  interval: z.number(),
  timeout: z.number(),
  retries: z.number(),
  http: z
    .object({
      domain: z.string().optional(),
      path: z.string().optional(),
      response: z.string().optional(),
      tls: z.boolean().optional(),
      statusCodes: z.array(z.string()).optional(),
    })
    .optional(),
});
const serviceInputs = z.object({
  loadBalancerId: id,
  protocol: z.enum(["http", "https", "tcp"]),
  listenPort: z.number().optional(),
  destinationPort: z.number().optional(),
  proxyprotocol: z.boolean().optional(),
  http: httpInputs.optional(),
  healthCheck: checkInputs.optional(),
});
const targetInputs = z.object({
  type: z.enum(["server", "label_selector", "ip"]),
  loadBalancerId: id,
  serverId: id.optional(),
  labelSelector: z.string().optional(),
  ip: z.string().optional(),
  usePrivateIp: z.boolean().optional(),
});

type ServiceInputs = z.output<typeof serviceInputs>;
type TargetInputs = z.output<typeof targetInputs>;

function serviceBody(inputs: ServiceInputs): Props {
  const { http, healthCheck: check } = inputs;
  return withoutUndefined({
    protocol: inputs.protocol,
    listen_port: inputs.listenPort,
    destination_port: inputs.destinationPort,
    proxyprotocol: inputs.proxyprotocol,
    http:
      http &&
      withoutUndefined({
        sticky_sessions: http.stickySessions,
        cookie_name: http.cookieName,
        cookie_lifetime: http.cookieLifetime,
        certificates: http.certificates,
        redirect_http: http.redirectHttp,
        timeout_idle: http.timeoutIdle,
      }),
    health_check:
      check &&
      withoutUndefined({
        protocol: check.protocol,
        port: check.port,
        interval: check.interval,
        timeout: check.timeout,
        retries: check.retries,
        http:
          check.http &&
          withoutUndefined({
            domain: check.http.domain,
            path: check.http.path,
            response: check.http.response,
            tls: check.http.tls,
            status_codes: check.http.statusCodes,
          }),
      }),
  });
}

/** A target in the API's terms. The provider refuses one that is none, or two at once. */
function targetBody(inputs: TargetInputs): Props {
  const given = [inputs.serverId, inputs.labelSelector, inputs.ip].filter((value) => value !== undefined);
  if (given.length !== 1)
    throw new ServiceError("InvalidInput", "exactly one of serverId, labelSelector and ip has to be given");
  const missing = (field: string): ServiceError =>
    new ServiceError("InvalidInput", `target type ${inputs.type}: missing ${field}`);
  switch (inputs.type) {
    case "server":
      if (inputs.serverId === undefined) throw missing("serverId");
      return { type: "server", server: { id: inputs.serverId }, use_private_ip: inputs.usePrivateIp ?? false };
    case "label_selector":
      if (inputs.labelSelector === undefined) throw missing("labelSelector");
      return {
        type: "label_selector",
        label_selector: { selector: inputs.labelSelector },
        use_private_ip: inputs.usePrivateIp ?? false,
      };
    case "ip":
      if (inputs.ip === undefined) throw missing("ip");
      if (inputs.usePrivateIp !== undefined) throw new ServiceError("InvalidInput", "ip conflicts with usePrivateIp");
      return { type: "ip", ip: { ip: inputs.ip } };
    default:
      return inputs.type satisfies never;
  }
}

function targetId(inputs: TargetInputs): string {
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  switch (inputs.type) {
    case "server":
      return `lb-srv-tgt-${inputs.serverId}-${inputs.loadBalancerId}`;
    case "label_selector":
      return `lb-label-selector-tgt-${hash(inputs.labelSelector ?? "")}-${inputs.loadBalancerId}`;
    case "ip":
      return `lb-ip-tgt-${hash(inputs.ip ?? "")}-${inputs.loadBalancerId}`;
    default:
      return inputs.type satisfies never;
  }
}

/** A private target needs both ends in the network first. */
function expectNetworks(door: Door, inputs: TargetInputs, context: Context): void {
  if (inputs.usePrivateIp !== true) return;
  const balancer = door.model.load_balancers.get(inputs.loadBalancerId);
  door.makers.expect(context, {
    key: balancerNetworkKey(balancer.id),
    message: `the target uses a private IP but does not wait until load balancer '${balancer.name}' is attached to its network: made first, it is refused (load_balancer_not_attached_to_network)`,
    remedy: "add {urn} to dependsOn",
  });
  const network = balancer.private_net[0]?.network;
  if (inputs.serverId === undefined || network === undefined) return;
  door.makers.expect(context, {
    key: attachmentKey(inputs.serverId, network),
    message: `the target uses the private IP of server ${inputs.serverId} but does not wait until that is attached to the network: made first, it is refused (server_not_attached_to_network)`,
    remedy: "add {urn} to dependsOn",
  });
}

function importedTarget(id: string): Props {
  const [loadBalancerId, type, ...rest] = id.split("__");
  const identifier = rest.join("__");
  const keys: Readonly<Record<string, string>> = { server: "serverId", label_selector: "labelSelector", ip: "ip" };
  return { loadBalancerId, type, [keys[type ?? ""] ?? "type"]: identifier };
}

/** @throws ServiceError when the load balancer has no such target. */
function usesPrivateIp(door: Door, inputs: TargetInputs): boolean {
  const target = door.model.load_balancers.get(inputs.loadBalancerId).targets.find((row) => {
    switch (row.type) {
      case "server":
        return row.server.id === inputs.serverId;
      case "label_selector":
        return row.label_selector.selector === inputs.labelSelector;
      case "ip":
        return row.ip.ip === inputs.ip;
      default:
        return row satisfies never;
    }
  });
  if (target === undefined)
    throw new ServiceError("not_found", `load balancer ${inputs.loadBalancerId} has no target ${targetId(inputs)}`);
  return target.use_private_ip;
}

const targetOutputs = (inputs: TargetInputs): Props =>
  withoutUndefined({ ...inputs, usePrivateIp: inputs.type === "ip" ? undefined : (inputs.usePrivateIp ?? false) });

export function loadBalancerParts(door: Door): Resources {
  const { actions } = door.model.load_balancers;
  return {
    [token("LoadBalancerService")]: {
      replaceOn: ["loadBalancerId", "protocol", "listenPort"],
      create(given) {
        const inputs = readInputs(serviceInputs, given);
        const port = actions.add_service(inputs.loadBalancerId, serviceBody(inputs)).services.at(-1)?.listen_port ?? 0;
        return {
          id: `${inputs.loadBalancerId}__${port}`,
          outputs: serviceOutputs(door, inputs.loadBalancerId, port),
          seconds: seconds.loadBalancerChange,
        };
      },
      update(given, old) {
        const inputs = readInputs(serviceInputs, given);
        const port = Number(old.id.split("__")[1]);
        actions.update_service(inputs.loadBalancerId, { ...serviceBody(inputs), listen_port: port });
        return { outputs: serviceOutputs(door, inputs.loadBalancerId, port), seconds: seconds.loadBalancerChange };
      },
      delete(old) {
        const [balancer = 0, port = 0] = old.id.split("__").map(Number);
        unlessGone(() => void actions.delete_service(balancer, { listen_port: port }));
        return seconds.loadBalancerChange;
      },
      /** `<load balancer id>__<listen port>` */
      read(id) {
        const [balancer = 0, port = 0] = id.split("__").map(Number);
        const found = serviceOutputs(door, balancer, port);
        return { id, inputs: found, outputs: found };
      },
    },
    [token("LoadBalancerTarget")]: {
      replaceOn: ["loadBalancerId", "serverId", "labelSelector", "ip"],
      create(given, context) {
        const inputs = readInputs(targetInputs, given);
        unlessRefused(
          "target_already_defined",
          () => void actions.add_target(inputs.loadBalancerId, targetBody(inputs)),
        );
        expectNetworks(door, inputs, context);
        return { id: targetId(inputs), outputs: targetOutputs(inputs), seconds: seconds.loadBalancerChange };
      },
      update(given, old, context) {
        const inputs = readInputs(targetInputs, given);
        actions.remove_target(inputs.loadBalancerId, targetBody(readInputs(targetInputs, old.inputs)));
        actions.add_target(inputs.loadBalancerId, targetBody(inputs));
        expectNetworks(door, inputs, context);
        return { outputs: targetOutputs(inputs), seconds: 2 * seconds.loadBalancerChange };
      },
      delete(old) {
        const inputs = readInputs(targetInputs, old.inputs);
        unlessRefused("load_balancer_target_not_found", () =>
          unlessGone(() => void actions.remove_target(inputs.loadBalancerId, targetBody(inputs))),
        );
        return seconds.loadBalancerChange;
      },
      /** Imported as `<load balancer id>__<type>__<identifier>`; a refresh knows it from the inputs. */
      read(id, given) {
        const wanted = readInputs(targetInputs, id.includes("__") ? importedTarget(id) : given);
        const found = { ...wanted, usePrivateIp: usesPrivateIp(door, wanted) };
        const outputs = targetOutputs(found);
        return { id: targetId(wanted), inputs: outputs, outputs };
      },
      importId({ inputs }) {
        const { type, loadBalancerId, serverId, labelSelector, ip } = readInputs(targetInputs, inputs);
        return `${loadBalancerId}__${type}__${serverId ?? labelSelector ?? ip}`;
      },
    },
  };
}
