import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import { type Check, wrong } from "./check.ts";

const values = z.record(z.string(), z.object({ value: z.string().optional() }));

/** A stack's secrets by name, decrypted by the engine; or why there are none to be had. */
export async function readSecrets(
  stack: string,
  file: string | undefined,
): Promise<{ readonly secrets: ReadonlyMap<string, string> } | { readonly check: Check }> {
  const args = ["config", "--show-secrets", "--json", "--stack", stack, "--non-interactive", "--color", "never"];
  try {
    const { stdout } = await promisify(execFile)(
      "pulumi",
      [...args, ...(file === undefined ? [] : ["--config-file", file])],
      {
        env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
        maxBuffer: 16 * 1024 * 1024,
      },
    );
    const entries = Object.entries(values.parse(JSON.parse(stdout))).flatMap(([key, { value }]) =>
      key.startsWith("secret:") && value !== undefined ? [[key.slice("secret:".length), value] as const] : [],
    );
    return { secrets: new Map(entries) };
  } catch (error) {
    return { check: unread(stack, error) };
  }
}

function unread(stack: string, error: unknown): Check {
  const message = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
  const [why = message] = message.split("\n").filter((line) => line.startsWith("error:"));
  const about = "secrets";
  if (error instanceof Error && "code" in error && error.code === "ENOENT")
    return wrong(about, "not read: there is no pulumi", "npm ci brings one");
  if (message.includes("no stack named"))
    return wrong(
      about,
      `not read: there is no stack ${stack} in the backend yet`,
      `pulumi stack init ${stack}, and set what is <unset> in its file`,
    );
  if (/passphrase/i.test(message))
    return wrong(
      about,
      "not read: the passphrase that they are encrypted with is not given, or another",
      "PULUMI_CONFIG_PASSPHRASE",
    );
  return wrong(
    about,
    `not read: ${why.replace(/^error: /, "")}`,
    `pulumi config --show-secrets --stack ${stack} says more`,
  );
}
