import { globSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import { beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { stackSchema } from "../../config/json-schema.ts";
import { configurationReference } from "../../config/reference.ts";
import { fixtures, readStackFile } from "../helpers/stack-file.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** Stack files of the project and its examples, and the valid fixtures. */
const stackFiles: readonly string[] = [
  ...globSync(["Pulumi.*.yaml", "examples/*/Pulumi.*.yaml"], { cwd: root }),
  ...readdirSync(new URL("valid/", fixtures)).map((name) => join("tests", "fixtures", "valid", name)),
].sort();

let accepts: ValidateFunction;
beforeAll(() => {
  // Draft 7 is what editors' YAML servers read.
  accepts = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, validateFormats: false }).compile(
    JSON.parse(read("schemas/stack.json")) as object,
  );
});

test("the schema for editors and the reference are what the code says: npm run schema", () => {
  expect(JSON.parse(read("schemas/stack.json"))).toEqual(stackSchema());
  expect(read("docs/configuration.md")).toBe(configurationReference());
});

test("every key is described, for editors, for the reference and for the message that it is missing", () => {
  const rows = configurationReference()
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  expect(rows.length).toBeGreaterThan(100);
  expect(rows.filter((row) => / \| {2}\|$/.test(row))).toEqual([]);
});

test("there are stack files to look at", () => {
  expect(stackFiles).toContain("Pulumi.prod.yaml");
  expect(stackFiles.length).toBeGreaterThan(8);
});

test.each(stackFiles)("an editor finds the schema of %s, and nothing to complain of", (file) => {
  const text = read(file);
  const schema = relative(join(root, dirname(file)), join(root, "schemas", "stack.json"));
  expect(text.split("\n")[0]).toBe(`# yaml-language-server: $schema=${schema}`);
  accepts(parse(text));
  expect(accepts.errors ?? []).toEqual([]);
});

test("what an editor underlines: faults of form, not those between parts", () => {
  const refused = readdirSync(new URL("invalid/", fixtures))
    .sort()
    .filter((name) => !accepts({ config: readStackFile(new URL(`invalid/${name}`, fixtures)) }))
    .map((name) => basename(name, ".yaml"));
  expect(refused).toMatchInlineSnapshot(`
    [
      "authority-of-no-form",
      "chart-version-range",
      "checksum-cut-off",
      "count-as-text",
      "count-of-halves",
      "count-zero",
      "disk-without-path",
      "empty-file",
      "empty-list",
      "endpoint-with-port",
      "everything-at-once",
      "host-of-no-user",
      "issuer-of-no-form",
      "key-missing",
      "key-of-another-kind",
      "kubelet-argument-with-dashes",
      "label-syntax",
      "list-for-mapping",
      "nameserver-by-name",
      "no-address",
      "no-network",
      "no-value",
      "node-port-out-of-range",
      "override-by-name",
      "pool-name-no-label",
      "pool-name-too-long",
      "release-of-kubernetes",
      "schedule-in-words",
      "secret-in-plain-text",
      "secret-inside-a-section",
      "secret-of-kubernetes-key",
      "secret-of-kubernetes-no-reference",
      "secrets-unset",
      "sections-missing",
      "snapshots-to-nowhere",
      "ssh-key-private",
      "storage-of-no-form",
      "tailnet-name",
      "tailnet-policy-of-no-form",
      "taint-syntax",
      "talos-disk-without-name",
      "talos-extension-without-author",
      "talos-volume-of-no-size",
      "target-of-no-form",
      "text-for-list",
      "text-for-section",
      "ttl-out-of-range",
      "unknown-key-like-no-other",
      "unknown-key",
      "unknown-kind",
      "unknown-release",
      "unknown-section",
      "values-of-release-that-is-off",
      "version-as-number",
      "zone-id-of-another-thing",
    ]
  `);
});

test("parts of a stack file that are not configuration", () => {
  const file = { config: parse(read("Pulumi.prod.yaml")).config as unknown };
  expect(accepts({ ...file, encryptionsalt: "v1:abc", secretsprovider: "passphrase" })).toBe(true);
  expect(accepts({ ...file, confg: {} })).toBe(false);
});

test("a secret is encrypted or still to be set", () => {
  const config = readStackFile(new URL("valid/single-node.yaml", fixtures));
  const withToken = (token: unknown): boolean => accepts({ config: { ...config, "secret:hetzner-token": token } });
  expect([{ secure: "v1:YQ==" }, "<unset>", "plain", { secure: 1 }, null].map(withToken)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
