import * as pulumi from "@pulumi/pulumi";
import type * as tls from "@pulumi/tls";
import type { Connection } from "./machine.ts";

/**
 * @pulumi/command waits 0.1 s after the first refusal and 1.5 times longer after each, up to 5 s: 60 refusals are about
 * 4.5 minutes, enough for a server to be made and boot. Source: pulumi-command, provider/pkg/provider/remote/connection.go
 */
const dialErrorLimit = 60;
/** Seconds for one attempt. */
const perDialTimeout = 15;

export interface ConnectionRequest {
  readonly host: pulumi.Input<string>;
  readonly hostKey: tls.PrivateKey;
  readonly operator: tls.PrivateKey;
  /** Jump host. */
  readonly proxy?: { readonly host: pulumi.Input<string>; readonly hostKey: tls.PrivateKey };
}

/**
 * A connection as root with pinned host keys. It is put together when the machine has its key: until then one output
 * waits for each connection, not one for each part of it.
 */
export function connectionTo({ host, hostKey, operator, proxy }: ConnectionRequest): Connection {
  const common = { user: "root", privateKey: operator.privateKeyOpenssh, dialErrorLimit, perDialTimeout };
  const authorized = (key: tls.PrivateKey): pulumi.Output<string> => key.publicKeyOpenssh.apply((line) => line.trim());
  return hostKey.publicKeyOpenssh.apply((line) =>
    pulumi.output({
      ...common,
      host,
      hostKey: line.trim(),
      ...(proxy === undefined ? {} : { proxy: { ...common, host: proxy.host, hostKey: authorized(proxy.hostKey) } }),
    }),
  );
}
