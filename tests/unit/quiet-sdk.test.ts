import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const quiet = pathToFileURL(resolve("lib/quiet-sdk.ts")).href;
const program = `
  import { createRequire } from "node:module";
  const sdk = createRequire("${quiet}")("@pulumi/pulumi/log/index.js");
  const before = sdk.debug;
  await import("${quiet}");
  process.stdout.write(sdk.debug === before ? "sends" : "sends nothing");`;

const debugLines = (env: NodeJS.ProcessEnv): string =>
  execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });

test("the SDK's debug lines go to the engine when they are asked for, and only then", () => {
  expect(debugLines({})).toBe("sends nothing");
  expect(debugLines({ PULUMI_DEBUG_PROMISE_LEAKS: "1" })).toBe("sends");
});
