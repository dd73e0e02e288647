import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** The program's own SSH key, and the machines' permanent host keys: none of them is ever in user data. */
export class Identities extends pulumi.ComponentResource {
  readonly #keys = new Map<string, tls.PrivateKey>();

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:machines:Identities", name, {}, opts);
    this.registerOutputs();
  }

  get operator(): tls.PrivateKey {
    return this.#key("operator-key");
  }

  hostKey(host: string): tls.PrivateKey {
    return this.#key(`${host}-host-key`);
  }

  /** Made when it is first asked for: a machine that exists has a key of its own. */
  #key(name: string): tls.PrivateKey {
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const key = new tls.PrivateKey(name, { algorithm: "ED25519" }, { parent: this });
    this.#keys.set(name, key);
    return key;
  }
}
