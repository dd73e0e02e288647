import { isOwnNetwork } from "../hosts/own-network.ts";
import { findInstallation, missingPlugins, type Places } from "./installation.ts";
import { controlPlanePrograms, missingPrograms, type Places as ProgramPlaces } from "./kube/binaries.ts";

export const noEngine =
  "no Pulumi engine → install the CLI (pulumi.com/docs/install); npm's wrapper `pulumi` is none: it downloads one when it is called";

/** Where things are looked for; what is absent is as on this machine. */
export interface Surroundings {
  readonly engine?: Places;
  readonly programs?: ProgramPlaces;
  /** Whether this process is in a network of its own. */
  readonly isolated?: boolean;
}

/**
 * One line for each thing that a whole stack on the real engine needs and that is not here, with the remedy.
 * @param plugins by name: `hcloud`
 */
export function missingForStacks(plugins: readonly string[], here: Surroundings = {}): readonly string[] {
  const { engine, programs, isolated = isOwnNetwork() } = here;
  const installation = findInstallation(engine);
  return [
    ...(installation === undefined
      ? [noEngine]
      : missingPlugins(installation, plugins).map(
          (name) => `no plugin ${name} → npm run plugins, or put pulumi-resource-${name} on PATH`,
        )),
    ...missingPrograms(controlPlanePrograms, programs),
    ...(isolated
      ? []
      : ["not in a network of its own, so private addresses would be dialled for real → npm run test:engine"]),
  ];
}
