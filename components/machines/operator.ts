import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** The program's own SSH key, and the machines' permanent host keys: none of them is ever in user data. */
export class Identities extends pulumi.ComponentResource {
  readonly operator: tls.PrivateKey;
  readonly #hostKeys = new Map<string, tls.PrivateKey>();

  constructor(name: string, args: { readonly hosts: readonly string[] }, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:machines:Identities", name, {}, opts);
    const key = (role: string): tls.PrivateKey => new tls.PrivateKey(role, { algorithm: "ED25519" }, { parent: this });
    this.operator = key("operator-key");
    for (const host of args.hosts) this.#hostKeys.set(host, key(`${host}-host-key`));
    this.registerOutputs();
  }

  hostKey(host: string): tls.PrivateKey {
    const key = this.#hostKeys.get(host);
    if (key === undefined)
      throw new Error(`${host} has no host key: it was not among the hosts that identities were made for`);
    return key;
  }
}
