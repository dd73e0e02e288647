/** Every kind of value and option that crosses the wire, once. Configuration: fail ("throw", "refuse", "leak", "unseen"). */
import * as pulumi from "@pulumi/pulumi";

class Thing extends pulumi.CustomResource {
  declare readonly token: pulumi.Output<string>;
  declare readonly note: pulumi.Output<string>;
  declare readonly file: pulumi.Output<pulumi.asset.Asset>;
  constructor(name: string, inputs: pulumi.Inputs, options: pulumi.CustomResourceOptions = {}) {
    super("toy:index:Thing", name, { token: undefined, note: undefined, file: undefined, ...inputs }, options);
  }
}

class Toys extends pulumi.ProviderResource {
  constructor(name: string) {
    super("toy", name, { region: "here" });
  }
}

class Box extends pulumi.ComponentResource {
  readonly things: readonly Thing[];
  constructor(name: string, options: pulumi.ComponentResourceOptions) {
    super("toy:index:Box", name, {}, options);
    this.things = [1, 2].map((n) => new Thing(`${name}-${n}`, { n }, { parent: this }));
    this.registerOutputs({ size: this.things.length });
  }
}

const config = new pulumi.Config();
const provider = new Toys("toys");
const before = new pulumi.StackReference(
  config.get("reference") ?? `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`,
);
const plain = new Thing("plain", { note: "in clear", list: [1, { two: true }], nothing: null }, { provider });
const secret = new Thing(
  "secret",
  {
    whole: config.requireSecret("password"),
    part: { user: "app", password: config.requireSecret("password") },
    listed: ["a", config.requireSecret("password")],
    derived: pulumi.interpolate`token=${plain.token}`,
  },
  { provider, additionalSecretOutputs: ["note"] },
);
const box = new Box("box", { providers: [provider], dependsOn: [secret] });
const file = new Thing(
  "file",
  { file: new pulumi.asset.StringAsset("content"), other: plain, box },
  {
    protect: true,
    ignoreChanges: ["note"],
    replaceOnChanges: ["other"],
    deleteBeforeReplace: false,
    deletedWith: plain,
    retainOnDelete: true,
    customTimeouts: { create: "5m" },
    replacementTrigger: "1",
    aliases: [{ name: "files" }],
  },
);
if (config.get("fail") === "refuse") {
  const refused = new Thing("refused", { refuse: true });
  new Thing("waiting", { note: refused.token });
}
if (config.get("fail") === "leak") new Thing("leaking", { note: new Promise<string>(() => {}) });
if (config.get("fail") === "unseen") pulumi.secret(Promise.reject(new Error("nobody looks at this")));
const found = pulumi.runtime.invokeOutput("toy:index:find", { name: plain.note });
if (config.get("fail") === "throw") throw new Error("the program gives up");
if (config.get("fail") === "call") pulumi.runtime.call("toy:index:Thing/method", {}, plain);
console.log("working");
await pulumi.log.warn("look here", plain);

export const runs = before.getOutput("runs").apply((count) => Number(count ?? 0) + 1);
export const password = config.requireSecret("password");
export const was = before.getOutput("password");
export const content = file.file.apply((asset) => (asset as pulumi.asset.StringAsset).text);
export const size = box.things.length;
export const answer = found;
