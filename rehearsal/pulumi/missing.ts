import { isOwnNetwork } from "../hosts/own-network.ts";
import { findInstallation, missingPlugins } from "./installation.ts";
import { controlPlanePrograms, missingPrograms } from "./kube/binaries.ts";

/** One line for each thing that a whole stack on the real engine needs and that is not here, with the remedy. */
export function missingForStacks(plugins: readonly string[]): readonly string[] {
  const installation = findInstallation();
  return [
    ...(installation === undefined
      ? ["no Pulumi engine → install the CLI (pulumi.com/docs/install); npm's wrapper is none"]
      : missingPlugins(installation, plugins).map(
          (name) =>
            `no plugin ${name} → pulumi plugin install resource ${name}, or put pulumi-resource-${name} on PATH`,
        )),
    ...missingPrograms(controlPlanePrograms),
    ...(isOwnNetwork()
      ? []
      : ["not in a network of its own, so private addresses would be dialled for real → npm run test:engine"]),
  ];
}
