/** Many machines, each with a disk, a command that joins it and a record. Configuration: n. */
import * as pulumi from "@pulumi/pulumi";

class Thing extends pulumi.CustomResource {
  declare readonly token: pulumi.Output<string>;
  constructor(name: string, inputs: pulumi.Inputs, options: pulumi.CustomResourceOptions = {}) {
    super("toy:index:Thing", name, { token: undefined, ...inputs }, options);
  }
}

const network = new Thing("network", { fixed: "10.0.0.0/16" });
const userData = "# 30 KB of cloud-init\n".repeat(1500);
for (let n = 0; n < new pulumi.Config().requireNumber("n"); n++) {
  const node = new pulumi.ComponentResource("toy:index:Node", `node-${n}`);
  const parent = { parent: node };
  const server = new Thing(`node-${n}-server`, { network: network.id, userData: `${userData}${n}` }, parent);
  const disk = new Thing(`node-${n}-disk`, { server: server.id }, parent);
  const join = new Thing(`node-${n}-join`, { host: server.id, secret: server.token }, { ...parent, dependsOn: disk });
  new Thing(`node-${n}-record`, { target: server.id, labels: { n } }, { ...parent, dependsOn: join });
}
