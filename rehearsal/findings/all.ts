import type { Finding } from "../model.ts";
import type { Recording } from "../recording.ts";
import { ambientProvider } from "./ambient-provider.ts";
import { customKinds } from "./custom-kinds.ts";
import { duplicateNames } from "./duplicate-names.ts";
import { openSecrets } from "./open-secrets.ts";
import { secretsInCommands, unpinnedHostKeys } from "./remote-commands.ts";
import type { Knowledge, Rule } from "./rule.ts";
import { unknownTypes } from "./unknown-types.ts";
import { unpinnedReleases } from "./unpinned-releases.ts";

const rules: readonly Rule[] = [
  openSecrets,
  customKinds,
  duplicateNames,
  ambientProvider,
  unpinnedReleases,
  unpinnedHostKeys,
  secretsInCommands,
  unknownTypes,
];

/** What the models found while the program ran, and what the general rules find in the whole of it. */
export function allFindings(recording: Recording, knowledge: Knowledge): Finding[] {
  return [...recording.findings, ...rules.flatMap((rule) => rule(recording, knowledge))];
}
