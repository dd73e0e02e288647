/**
 * Nodes that change one at a time, each a stand-in command. Configuration: gen (replace), size (change in place), image
 * (ignored until gen rises), n (scale), chain (false at creation, true once established).
 */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const generation = config.require("gen");
const size = config.get("size") ?? "s";
const chain = config.getBoolean("chain");

const anchor = new command.local.Command("anchor", { create: "create", delete: "delete" });
let previous: pulumi.Resource[] = [anchor];
for (let i = 0; i < (config.getNumber("n") ?? 3); i++) {
  const node = new command.local.Command(
    `node${i}`,
    {
      create: "create",
      update: "resize",
      delete: "delete",
      environment: { SIZE: size, IMAGE: config.get("image") ?? "a" },
    },
    {
      dependsOn: previous,
      deleteBeforeReplace: true,
      replacementTrigger: generation,
      ignoreChanges: ["environment.IMAGE"],
    },
  );
  const ready = new command.local.Command(
    `ready${i}`,
    { create: "ready", delete: "drain", environment: { SIZE: size }, triggers: [node.id] },
    { dependsOn: [node], deleteBeforeReplace: true, deletedWith: anchor },
  );
  if (chain) previous = [ready];
}
