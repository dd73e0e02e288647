import type { TailscaleModel } from "../clouds/tailscale/model.ts";
import type { Host, Hosts } from "../command/hosts.ts";
import type { Tailnet } from "../command/steps/step.ts";
import { tailnetRequest } from "../command/user-data.ts";
import type { Context } from "../model.ts";

/** What commands on the machine that runs the program do to the tailnet, by its API. */
export function tailnetOf({ withOauthClient, devices }: TailscaleModel): Tailnet {
  const find = (
    client: Client,
    { hostname, tags }: { readonly hostname: string; readonly tags: readonly string[] },
  ) => {
    const credentials = withOauthClient({ client_id: client.id, client_secret: client.secret, scope: "devices:core" });
    const found = devices
      .list(credentials, { hostname })
      .filter((device) => device.hostname === hostname && tags.every((tag) => device.tags.includes(tag)));
    return { credentials, found };
  };
  return {
    remove(client, device) {
      const { credentials, found } = find(client, device);
      for (const { id } of found) devices.delete(credentials, id);
      return found.length;
    },
    tag(client, device) {
      const { credentials, found } = find(client, device);
      const lacking = found.filter(({ tags }) => !device.add.every((tag) => tags.includes(tag)));
      for (const { id, tags } of lacking)
        devices.setTags(credentials, id, { tags: [...new Set([...tags, ...device.add])] });
      return lacking.length;
    },
  };
}

interface Client {
  readonly id: string;
  readonly secret: string;
}

export interface JoinArgs {
  readonly tailscale: TailscaleModel;
  readonly hosts: Hosts;
  readonly host: Host;
  /** What identifies the machine to the tailnet for as long as it exists. */
  readonly machine: string;
  readonly context: Context;
}

/** A machine whose files hold a key joins the tailnet: it gets its addresses there, and its routes if they are approved. */
export function joinTailnet({ tailscale, hosts, host, machine, context }: JoinArgs): void {
  const request = tailnetRequest(host.files);
  if (request === undefined) return;
  const device = tailscale.devices.join({
    hostname: request.hostname,
    key: request.key,
    routes: request.routes,
    machine,
  });
  for (const address of device.addresses) hosts.attach(host.name, { address, network: "tailnet" });
  hosts.attach(host.name, { address: device.name, network: "tailnet" });
  for (const cidr of device.enabledRoutes) hosts.route({ via: host.name, cidr });
  const refused = request.routes.filter((route) => !device.enabledRoutes.includes(route));
  if (refused.length > 0) {
    context.finding({
      rule: "route-not-approved",
      message: `${host.name} offers ${refused.join(", ")} to the tailnet, whose policy does not approve it: nothing behind it is reached`,
      remedy: `add to the policy's autoApprovers: "routes": { "${String(refused[0])}": ["${device.tags[0] ?? "tag:k8s-node"}"] }`,
    });
  }
}
