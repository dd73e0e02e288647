/** A stack with something of everything that a report shows. Configuration: structure, secret:token, invalid, leak. */
import * as pulumi from "@pulumi/pulumi";

class ConfigurationError extends Error {
  readonly faults = [{ path: "demo:invalid" }];
  constructor(message: string) {
    super(message);
    this.name = "ConfigurationError";
  }
}

class Any extends pulumi.CustomResource {
  constructor(type: string, name: string, inputs: pulumi.Inputs, options: pulumi.CustomResourceOptions = {}) {
    super(type, name, inputs, options);
  }
}

const config = new pulumi.Config();
if (config.getBoolean("invalid")) {
  throw new ConfigurationError(
    "demo has 1 fault; nothing was made.\n\n  demo:invalid\n    at least one\n    → at most none",
  );
}
const token = new pulumi.Config("secret").requireSecret("token");
const component = new pulumi.ComponentResource("demo:index:Machines", "machines");
const server = new Any(
  "hcloud:index/server:Server",
  "server",
  { name: "Node 1", userData: "#cloud-config\n{}\n", port: config.requireObject<{ port: number }>("structure").port },
  { parent: component },
);
const join = new Any(
  "command:remote:Command",
  "join",
  {
    create: "#!/bin/sh\njoin\n",
    delete: "#!/bin/sh\nleave\n",
    stdin: token,
    connection: pulumi.secret({ host: "10.0.0.1", hostKey: "ssh-ed25519 AAAA" }),
  },
  { parent: component, dependsOn: server },
);
new Any(
  "kubernetes:helm.sh/v3:Release",
  "loki",
  { name: "loki", chart: "loki", version: "6.30.1", namespace: "logs", values: { replicas: 1, password: token } },
  { dependsOn: join },
);
for (const namespace of ["apps", "databases"]) {
  new Any("kubernetes:core/v1:Secret", `token-${namespace}`, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "token", namespace },
    stringData: { token },
  });
}
new Any("cloudflare:index/dnsRecord:DnsRecord", "web", {
  name: "www.example.com",
  type: "A",
  content: "192.0.2.1",
  ttl: 300,
});

export const kubeconfig = pulumi.secret("apiVersion: v1\nkind: Config\n");
export const region = config.require("region");
