import { isRecord, textOf } from "../../lib/record.ts";
import { containsSecret, plain } from "../engine/values.ts";
import type { Finding } from "../model.ts";
import type { RecordedResource } from "../recording.ts";
import { present, type Rule } from "./rule.ts";

const scripts = ["create", "update", "delete"] as const;

/** Without a pinned host key, whoever answers at the address gets the commands, and the secrets on their standard input. */
export const unpinnedHostKeys: Rule = (recording) =>
  present(recording)
    .filter(({ type }) => type.startsWith("command:remote:"))
    .flatMap((resource) => connectionsOf(resource))
    .filter(({ connection }) => textOf(connection.hostKey) === undefined)
    .map(
      ({ urn, at, connection }): Finding => ({
        rule: "unpinned-host-key",
        urn,
        message: `it accepts any host key from ${textOf(connection.host) ?? "its host"} (${at})`,
        remedy: `set ${at}.hostKey to the host's public key, in the form of an authorized_keys line`,
      }),
    );

function connectionsOf({ urn, inputs }: RecordedResource) {
  const { connection } = plain(inputs);
  if (!isRecord(connection)) return [];
  const direct = { urn, at: "connection", connection };
  return isRecord(connection.proxy)
    ? [direct, { urn, at: "connection.proxy", connection: connection.proxy }]
    : [direct];
}

/** A command line is in the process list of its host, and in the error that is printed when it fails. */
export const secretsInCommands: Rule = (recording) =>
  present(recording)
    .filter(({ type }) => type.startsWith("command:"))
    .flatMap(({ urn, inputs }) =>
      scripts.filter((script) => containsSecret(inputs[script])).map((script) => ({ urn, script })),
    )
    .map(
      ({ urn, script }): Finding => ({
        rule: "secret-in-command",
        urn,
        message: `its \`${script}\` is made from a secret: every process on the host can read it there, and a failure prints it`,
        remedy: "pass the secret on standard input (`stdin`) and read it from there",
      }),
    );
