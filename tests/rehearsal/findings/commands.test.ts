import { expect, test } from "vitest";
import { allFindings } from "../../../rehearsal/findings/all.ts";
import { secretsInCommands, unpinnedHostKeys } from "../../../rehearsal/findings/remote-commands.ts";
import { unknownTypes } from "../../../rehearsal/findings/unknown-types.ts";
import { Secret } from "../../../rehearsal/recording.ts";
import { brief, knowledge, recording, resource } from "./recording.ts";

const command = "command:remote:Command";
const hostKey = "ssh-ed25519 AAAA";

test("host keys are pinned, for the host and for the proxy, inside a secret connection too", () => {
  const resources = [
    resource(command, "pinned", {
      inputs: { connection: new Secret({ host: "a", hostKey, proxy: { host: "b", hostKey } }) },
    }),
    resource(command, "open", { inputs: { connection: new Secret({ host: "a", proxy: { host: "b", hostKey: "" } }) } }),
    resource("command:local:Command", "local", { inputs: { create: "true" } }),
  ];
  expect(brief(unpinnedHostKeys(recording(resources), knowledge))).toEqual([
    "unpinned-host-key open: it accepts any host key from a (connection)",
    "unpinned-host-key open: it accepts any host key from b (connection.proxy)",
  ]);
});

test("no script is made from a secret; standard input is where it belongs", () => {
  const resources = [
    resource(command, "good", { inputs: { create: "join", stdin: new Secret("token") } }),
    resource(command, "bad", { inputs: { create: "join", delete: new Secret("leave --token token") } }),
  ];
  expect(brief(secretsInCommands(recording(resources), knowledge))).toEqual([
    "secret-in-command bad: its `delete` is made from a secret: every process on the host can read it there, and a failure prints it",
  ]);
});

test("a type that no model knows is told once, with how many there are", () => {
  const resources = [
    resource("toy:index:Known", "known"),
    resource("toy:index:Strange", "first"),
    resource("toy:index:Strange", "second"),
    resource("toy:index:Box", "component", { custom: false }),
    resource("pulumi:providers:toy", "provider"),
    resource("pulumi:pulumi:StackReference", "self"),
  ];
  const isKnown = (type: string) => type === "toy:index:Known";
  expect(brief(unknownTypes(recording(resources), { ...knowledge, isKnown }))).toEqual([
    "unknown-type first: no model knows toy:index:Strange: what the real service does to this was not rehearsed, nor to 1 more of this type",
  ]);
});

test("what the models found comes before what the rules find", () => {
  const found = { rule: "quota", urn: "urn", message: "too many", remedy: "fewer" };
  const run = recording([resource("kubernetes:core/v1:Namespace", "apps")], { findings: [found] });
  expect(allFindings(run, knowledge).map(({ rule }) => rule)).toEqual(["quota", "ambient-provider"]);
});
