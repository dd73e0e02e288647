import { spawn } from "node:child_process";
import type { Importable } from "../../lib/import-command.ts";

/** The engine did not do what it was asked. */
export class EngineError extends Error {
  /** Where it was asked to preview, what it has found before it failed. */
  readonly output: string;
  constructor(message: string, output = "") {
    super(message);
    this.output = output;
  }
}

/** No engine, or no such stack: nothing can be done here. */
export class NoStack extends Error {}

/** The engine's command line, for one stack. Its environment (backend, passphrase) is this process's own. */
export class Engine {
  readonly #stack: string;
  readonly #config: readonly string[];

  /** @param configFile the stack's file, where it is not beside Pulumi.yaml */
  constructor(stack: string, configFile?: string) {
    this.#stack = stack;
    this.#config = configFile === undefined ? [] : ["--config-file", configFile];
  }

  /** URL of the backend: `file:///...`, `s3://...`, `https://app.pulumi.com/...`. */
  async backend(): Promise<string> {
    const { url } = JSON.parse(await run(["whoami", "--verbose", "--json"])) as { readonly url?: string };
    return url ?? "";
  }

  /** Project and stack have a name each; whoever shares a backend has the organization's in front. */
  export({ secrets }: { readonly secrets: boolean }): Promise<string> {
    return this.#run(["stack", "export", ...(secrets ? ["--show-secrets"] : [])]);
  }

  /** `pulumi preview --json`; runs the program and changes nothing. @throws EngineError */
  preview(): Promise<string> {
    return this.#run(["preview", "--json", "--suppress-progress", ...this.#config]);
  }

  async unlock(): Promise<void> {
    await this.#run(["cancel", "--yes"]);
  }

  /** Takes a deployment back as the state; the engine leaves its pending operations out, and says so. */
  async restore(deployment: string): Promise<void> {
    await this.#run(["stack", "import"], deployment);
  }

  /** Reads what is there of these, and of nothing else. */
  async refresh(urns: readonly string[]): Promise<void> {
    await this.#run([
      "refresh",
      "--yes",
      "--skip-preview",
      ...this.#config,
      ...urns.flatMap((urn) => ["--target", urn]),
    ]);
  }

  async import({ type, name, id, parent, provider }: Importable): Promise<void> {
    await this.#run([
      ...["import", type, name, id, "--yes", "--skip-preview", "--protect=false", "--generate-code=false"],
      ...this.#config,
      ...(parent === undefined ? [] : ["--parent", `parent=${parent}`]),
      ...(provider === undefined ? [] : ["--provider", `provider=${provider}`]),
    ]);
  }

  #run(args: readonly string[], input?: string): Promise<string> {
    return run([...args, "--stack", this.#stack], input);
  }
}

async function run(args: readonly string[], input = ""): Promise<string> {
  const child = spawn("pulumi", [...args, "--non-interactive", "--color", "never"], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  // Whoever ends without reading it has said why.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).catch((error: Error & { readonly code?: string }) => {
    if (error.code !== "ENOENT") throw error;
    throw new NoStack("no program pulumi on PATH → npm ci brings one, or pulumi.com/docs/install");
  });
  if (status === 0) return out();
  const said = err().trim();
  if (/no stack named|no Pulumi\.yaml|failed to decrypt|passphrase must be set|not logged in/i.test(said))
    throw new NoStack(said);
  throw new EngineError(`pulumi ${args.slice(0, 2).join(" ")}: ${failureIn(`${out()}\n${said}`)}`, out());
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const parts: Buffer[] = [];
  stream.on("data", (part: Buffer) => parts.push(part));
  return () => Buffer.concat(parts).toString("utf8");
}

/** The lines that say why; all of them when none does. */
function failureIn(said: string): string {
  const lines = said
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const errors = lines.filter((line) => /\berror:|locked by|\b409\b/i.test(line));
  return (errors.length > 0 ? errors : lines.slice(-5)).join("\n");
}
