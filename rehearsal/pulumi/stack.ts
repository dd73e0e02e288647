import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type Stack as AutomationStack,
  type EngineEvent,
  LocalWorkspace,
  PulumiCommand,
  type StackSettings,
} from "@pulumi/pulumi/automation/index.js";
import { parse, stringify } from "yaml";
import type { Installation } from "./installation.ts";
import { type Operation, OperationLog } from "./operations.ts";
import type { Sections } from "./sections.ts";

export interface StackArgs {
  readonly installation: Installation;
  /** A directory that is made or empty: the engine's home, the state, and a copy of the project. */
  readonly dir: string;
  /** The program's own directory. */
  readonly project: string;
  readonly name: string;
  /** Sections of `groundwork:`, by name. */
  readonly sections: Sections;
  /** Values by full key, `secret:<name>`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Is told of each operation that has ended. */
  readonly onOperation?: (operation: Operation) => void;
  /** Ends the command that runs, as Ctrl-C does. */
  readonly signal?: AbortSignal;
}

/** One command of the engine, and what came of it. */
export interface Ran {
  readonly operations: readonly Operation[];
  /** All that was said, in lines. */
  readonly said: readonly string[];
  /** Why it failed, in the engine's words; absent when it did not. */
  readonly failure?: string;
}

interface Listen {
  readonly onEvent: (event: EngineEvent) => void;
  readonly onOutput: (text: string) => void;
  readonly signal?: AbortSignal;
}
type Run = (listen: Listen) => Promise<unknown>;

/** Nobody reads the outputs, nor the history that is asked for after each command: its secrets need not be decrypted. */
const quiet = { suppressOutputs: true, showSecrets: false };

/** A stack on the real engine: local state, a passphrase, nothing outside its directory. */
export class EngineStack {
  readonly #stack: AutomationStack;
  readonly #args: StackArgs;
  readonly #work: string;

  private constructor(args: StackArgs, work: string, stack: AutomationStack) {
    this.#args = args;
    this.#work = work;
    this.#stack = stack;
  }

  static async create(args: StackArgs): Promise<EngineStack> {
    const { dir, installation, name } = args;
    const [home, state, temporary] = [join(dir, "home"), join(dir, "state"), join(dir, "tmp")];
    for (const folder of [home, state, temporary]) mkdirSync(folder, { recursive: true });
    if (installation.plugins !== undefined && !existsSync(join(home, "plugins")))
      symlinkSync(installation.plugins, join(home, "plugins"));
    const work = linkProject(args.project, join(dir, "project"));
    // The command is taken from the PATH of this process; there is no way to give it by its path.
    process.env.PATH = installation.path;
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: name, workDir: work },
      {
        pulumiHome: home,
        // An engine that was built from source says no version that could be compared.
        pulumiCommand: await PulumiCommand.get({ skipVersionCheck: true }),
        envVars: {
          PULUMI_BACKEND_URL: `file://${state}`,
          PULUMI_CONFIG_PASSPHRASE: "of a stack that nobody keeps",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
          PATH: installation.path,
          // Plugins keep things at home: Proxmox VE's writes the keys of hosts to .ssh/known_hosts.
          HOME: home,
          // The Kubernetes plugin leaves every kubeconfig that it was given there.
          TMPDIR: temporary,
          // Snapshots of etcd, which steps keep for their user.
          XDG_STATE_HOME: home,
        },
      },
    );
    const made = new EngineStack(args, work, stack);
    made.configure(args.sections);
    await stack.setAllConfig(
      Object.fromEntries(Object.entries(args.secrets).map(([key, value]) => [key, { value, secret: true }])),
    );
    return made;
  }

  /** Takes other values for the sections from now on; secrets stay. */
  configure(sections: Sections): void {
    const file = join(this.#work, `Pulumi.${this.#args.name}.yaml`);
    const settings = (existsSync(file) ? parse(readFileSync(file, "utf8")) : {}) as StackSettings;
    const kept = Object.entries(settings.config ?? {}).filter(([key]) => !key.startsWith("groundwork:"));
    const given = Object.entries(sections).map(([name, value]) => [`groundwork:${name}`, value] as const);
    writeFileSync(file, stringify({ ...settings, config: Object.fromEntries([...given, ...kept]) }));
  }

  preview(): Promise<Ran> {
    return this.#run((listen) => this.#stack.preview(listen));
  }

  /** @param continueOnError does all that does not follow from what has failed, as --continue-on-error */
  up({ continueOnError = false }: { readonly continueOnError?: boolean } = {}): Promise<Ran> {
    return this.#run((listen) => this.#stack.up({ ...listen, ...quiet, continueOnError }));
  }

  /** `pulumi import` of what exists and no state knows. */
  import({ operation, id }: { readonly operation: Operation; readonly id: string }): Promise<Ran> {
    const { type, name, parent, provider } = operation;
    const nameTable = {
      ...(parent === undefined ? {} : { parent }),
      ...(provider === undefined ? {} : { provider: provider.slice(0, provider.lastIndexOf("::")) }),
    };
    const named = Object.fromEntries(Object.keys(nameTable).map((key) => [key, key]));
    const resources = [{ type, name, id, ...named }];
    return this.#run(({ onOutput }) =>
      this.#stack.import({ resources, nameTable, protect: false, generateCode: false, onOutput }),
    );
  }

  /** What a refresh would find that the state does not know. Changes nothing. */
  drift(): Promise<Ran> {
    return this.#run((listen) => this.#stack.previewRefresh(listen));
  }

  destroy(): Promise<Ran> {
    return this.#run((listen) => this.#stack.destroy({ ...listen, ...quiet }));
  }

  /** The deployment as `pulumi stack export` prints it: the Automation API's own export has every secret in plain text. */
  export(): Promise<string> {
    return this.#export([]);
  }

  /** The same with every secret in plain text. */
  exportOpen(): Promise<string> {
    return this.#export(["--show-secrets"]);
  }

  async #export(flags: readonly string[]): Promise<string> {
    const args = ["stack", "export", "--stack", this.#stack.name, ...flags];
    const options = { ...this.surroundings(), maxBuffer: 256 * 1024 * 1024 };
    return (await promisify(execFile)(this.#args.installation.engine, args, options)).stdout;
  }

  /** Where and with what environment a command finds this stack as a person in a terminal would. */
  surroundings(): { readonly cwd: string; readonly env: NodeJS.ProcessEnv } {
    const { workspace } = this.#stack;
    return { cwd: this.#work, env: { ...process.env, ...workspace.envVars, PULUMI_HOME: workspace.pulumiHome } };
  }

  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const outputs = await this.#stack.outputs();
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]));
  }

  async #run(run: Run): Promise<Ran> {
    const { onOperation, signal } = this.#args;
    const log = new OperationLog(onOperation);
    const output: string[] = [];
    let failure: string | undefined;
    try {
      await run({
        onEvent: (event) => log.take(event),
        onOutput: (text) => output.push(text),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      const errors = log.diagnostics.filter((line) => line.startsWith("error"));
      failure = errors.length > 0 ? errors.join("\n") : String(error);
    }
    return {
      operations: log.operations,
      said: [...log.diagnostics, ...output],
      ...(failure === undefined ? {} : { failure }),
    };
  }
}

/** The project as a directory of links, beside which a stack file of its own can stand. */
function linkProject(project: string, work: string): string {
  mkdirSync(work, { recursive: true });
  for (const entry of readdirSync(project)) {
    if (/^Pulumi\..+\.yaml$/.test(entry) || entry.startsWith(".")) continue;
    if (!existsSync(join(work, entry))) symlinkSync(join(project, entry), join(work, entry));
  }
  return work;
}
