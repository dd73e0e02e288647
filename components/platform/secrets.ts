import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { LoadedStage } from "../../config/load.ts";
import type { SecretSource } from "./resolve.ts";

/** The stage's secrets, and those that `groundwork:generated` leaves to the program: made once, kept in its state. */
export class GeneratedSecrets extends pulumi.ComponentResource {
  readonly of: SecretSource;
  constructor(name: string, stage: LoadedStage, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:platform:GeneratedSecrets", name, {}, opts);
    const made = new Map(
      stage.generated.map((secret) => [
        secret,
        new random.RandomPassword(`generated-${secret}`, { length: 40, special: false }, { parent: this }).result,
      ]),
    );
    this.of = (secret) => made.get(secret) ?? stage.secret(secret);
    this.registerOutputs({ names: [...made.keys()] });
  }
}
