import type { TailscaleModel } from "../clouds/tailscale/model.ts";
import type { Tailnet } from "../command/steps/step.ts";

/** What commands on the machine that runs the program do to the tailnet, by its API. */
export function tailnetOf({ withOauthClient, devices }: TailscaleModel): Tailnet {
  return {
    remove({ id, secret }, { hostname, tags }) {
      const credentials = withOauthClient({ client_id: id, client_secret: secret, scope: "devices:core" });
      const found = devices
        .list(credentials, { hostname })
        .filter((device) => device.hostname === hostname && tags.every((tag) => device.tags.includes(tag)));
      for (const device of found) devices.delete(credentials, device.id);
      return found.length;
    },
  };
}
