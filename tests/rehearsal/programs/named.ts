/** One resource whose name only one can have. Configuration: adopt (take over what is there). */
import * as pulumi from "@pulumi/pulumi";

class Thing extends pulumi.CustomResource {
  constructor(name: string, inputs: pulumi.Inputs) {
    super("toy:index:Thing", name, inputs);
  }
}

new Thing("named", { taken: "the name", adopt: new pulumi.Config().requireBoolean("adopt") });
