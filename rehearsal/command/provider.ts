import { createHash } from "node:crypto";
import { z } from "zod";
import { durations } from "../durations.ts";
import { readInputs, withoutUndefined } from "../inputs.ts";
import {
  type Context,
  type Created,
  type Existing,
  type FunctionModel,
  type Props,
  type ProviderModel,
  type ResourceModel,
  ServiceError,
} from "../model.ts";
import { connect } from "./connection.ts";
import { readScript, type Script } from "./script.ts";
import { createSecretWatch, type SecretWatch } from "./secret-watch.ts";
import { localSteps, remoteSteps, secretVerbs } from "./steps/index.ts";
import type { LocalRequest, LocalStep, Step, StepResult, Surroundings } from "./steps/step.ts";

// Source: pulumi/pulumi-command 1.2.1, provider/pkg/provider.
const commonInputs = {
  addPreviousOutputInEnv: z.boolean().optional(),
  create: z.string().optional(),
  delete: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  logging: z.enum(["stdout", "stderr", "stdoutAndStderr", "none"]).optional(),
  stdin: z.string().optional(),
  triggers: z.array(z.unknown()).optional(),
  update: z.string().optional(),
};
const remoteInputs = z.looseObject({ ...commonInputs, connection: z.unknown() });
const localInputs = z.looseObject(commonInputs);
const runInputs = z.looseObject({ ...commonInputs, command: z.string() });
const copyInputs = z.looseObject({
  connection: z.unknown(),
  remotePath: z.string(),
  source: z.unknown(),
  triggers: z.array(z.unknown()).optional(),
});

type Inputs = z.output<typeof localInputs> & { readonly connection?: unknown };

export interface CommandArgs extends Surroundings {
  /** Further verbs, or other models of known ones. */
  readonly steps?: Readonly<Record<string, Step>>;
  readonly localSteps?: Readonly<Record<string, LocalStep>>;
  /** Values that must not appear in a script, e.g. the stand-ins of configured secrets. */
  readonly secrets?: () => Iterable<string>;
}

/** `@pulumi/command` 1.2.1, whose scripts run on simulated hosts: by verb, not by their text. */
export function createCommand(args: CommandArgs): ProviderModel {
  const watch = createSecretWatch(args.secrets ?? (() => []));
  const steps = { ...remoteSteps, ...args.steps };
  const locals = { ...localSteps, ...args.localSteps };
  const { hosts, clusters, tailnet } = args;
  const surroundings = { hosts, clusters, ...(tailnet === undefined ? {} : { tailnet }) };

  const runRemote: Runner = async (inputs, text, context) => {
    const script = inspect(text, inputs, context, watch);
    refuseEnvironment(inputs);
    const { host, at } = connect({ hosts, connection: inputs.connection, now: context.now, context });
    const request = { ...surroundings, ...requestOf(script, inputs, at, context), host };
    if (doesNothing(script)) return { stdout: "", until: at };
    const step = script.verb === undefined ? undefined : steps[script.verb];
    return step === undefined ? unmodelled(request, script) : step(request);
  };
  const runLocal: Runner = async (inputs, text, context) => {
    const script = inspect(text, inputs, context, watch);
    const request = { ...surroundings, ...requestOf(script, inputs, context.now, context) };
    if (doesNothing(script)) return { stdout: "", until: context.now };
    const step = script.verb === undefined ? undefined : locals[script.verb];
    return step === undefined ? unmodelled(request, script) : step(request);
  };
  /** A local command that leaves no resource: it runs in a preview too. */
  const runNow: FunctionModel = async (given, context) => {
    const inputs = readInputs(runInputs, given);
    const { stdout, stderr = "" } = await runLocal(inputs, inputs.command, context);
    return { ...given, stdout, stderr };
  };
  const models: Readonly<Record<string, ResourceModel>> = {
    "command:remote:Command": commandModel({
      run: runRemote,
      read: (given) => readInputs(remoteInputs, given),
      secretOutputs: ["connection"],
    }),
    "command:local:Command": commandModel({ run: runLocal, read: (given) => readInputs(localInputs, given) }),
    "command:remote:CopyToRemote": copyModel(args),
  };
  return {
    name: "command",
    resource: (type) => models[type],
    function: (token) => (token === "command:local:run" ? runNow : undefined),
    finish() {
      const findings = clusters.findings();
      clusters.settle();
      hosts.settle();
      return findings;
    },
  };
}

type Runner = (inputs: Inputs, script: string, context: Context) => Promise<StepResult>;

function commandModel(args: {
  readonly run: Runner;
  readonly read: (given: Props) => Inputs;
  readonly secretOutputs?: readonly string[];
}): ResourceModel {
  // What exists by URN, to see a replacement's order: the new one's create, then the old one's delete.
  const existing = new Map<string, Map<string, Inputs>>();
  let count = 0;

  const perform = async (inputs: Inputs, script: string | undefined, context: Context) => {
    if (script === undefined) return { outputs: {}, seconds: 0 };
    const { stdout, stderr, until } = await args.run(inputs, script, context);
    return { outputs: { stdout, stderr: stderr ?? "" }, seconds: until - context.now };
  };
  return {
    replaceOn: ["triggers"],
    ...(args.secretOutputs === undefined ? {} : { secretOutputs: args.secretOutputs }),
    async create(given, context): Promise<Created> {
      const inputs = args.read(given);
      const { outputs, seconds } = await perform(inputs, inputs.create, context);
      const id = `${context.name}${hex(`${context.urn}#${count++}`)}`;
      const instances = existing.get(context.urn) ?? new Map<string, Inputs>();
      existing.set(context.urn, instances.set(id, inputs));
      return { id, outputs: withoutUndefined({ ...given, ...outputs }), seconds };
    },
    async update(given, old, context) {
      const inputs = args.read(given);
      const { outputs, seconds } = await perform(inputs, inputs.update ?? inputs.create, context);
      existing.get(context.urn)?.set(old.id, inputs);
      const kept = { stdout: old.outputs.stdout, stderr: old.outputs.stderr };
      return { outputs: withoutUndefined({ ...kept, ...given, ...outputs }), seconds };
    },
    async delete(old: Existing, context) {
      const inputs = args.read(old.inputs);
      const instances = existing.get(context.urn);
      if (inputs.delete !== undefined && [...(instances?.keys() ?? [])].some((id) => id !== old.id)) {
        context.finding({
          rule: "delete-after-create",
          message: `${context.name} was replaced by a new one, and only then the old one's delete script runs: what it undoes is what the new one has just done`,
          remedy: "set deleteBeforeReplace on the command, or take the delete script away",
        });
      }
      const { seconds } = await perform(inputs, inputs.delete, context);
      instances?.delete(old.id);
      return seconds;
    },
  };
}

function copyModel({ hosts }: CommandArgs): ResourceModel {
  const copy = (given: Props, context: Context) => {
    const inputs = readInputs(copyInputs, given);
    const { host, at } = connect({ hosts, connection: inputs.connection, now: context.now, context });
    host.files.set(inputs.remotePath, textOf(inputs.source));
    return { outputs: given, seconds: at - context.now + 1 };
  };
  return {
    replaceOn: ["triggers"],
    secretOutputs: ["connection"],
    create: (given, context) => ({ id: hex(`${context.urn}#${context.now}`), ...copy(given, context) }),
    update: (given, _old, context) => copy(given, context),
    delete: () => 0,
  };
}

/** A string asset's text; the content of others is not looked at. */
function textOf(source: unknown): string {
  const text = z.object({ text: z.string() }).safeParse(source);
  return text.success ? text.data.text : "";
}

/** What can be said of a script before it runs. */
function inspect(text: string, inputs: Inputs, context: Context, watch: SecretWatch): Script {
  const script = readScript(text);
  watch.learn(inputs.stdin, inputs.connection);
  const leaked = watch.find(text);
  if (leaked !== undefined) {
    context.finding({
      rule: "secret-in-command",
      message: `${leaked} stands in the script of ${context.name}: it is in the state, in the process list of the host, and in every error message`,
      remedy: "pass it by stdin, and read it in the script",
    });
  }
  if (script.verb !== undefined && secretVerbs.has(script.verb) && inputs.logging !== "none") {
    context.finding({
      rule: "logged-secret",
      message: `${context.name} prints a secret (${script.verb}), and with logging ${inputs.logging ?? "unset"} it is written to the log of every update`,
      remedy: 'set logging to "none", and additionalSecretOutputs to ["stdout", "stderr"]',
    });
  }
  return script;
}

function requestOf(
  script: Script,
  inputs: Inputs,
  at: number,
  context: Context,
): Omit<LocalRequest, keyof Surroundings> {
  return {
    verb: script.verb ?? "",
    parameters: script.parameters,
    stdin: inputs.stdin ?? "",
    text: script.text,
    at,
    context,
  };
}

/** `true` is how a program says that there is nothing to do. It takes a session all the same. */
function doesNothing({ text }: Script): boolean {
  return /^(true|:|exit 0)?$/.test(text.trim());
}

function unmodelled(request: LocalRequest, script: Script): StepResult {
  const what = script.verb === undefined ? "a script without a header line" : `the step ${script.verb}`;
  request.context.finding({
    rule: "unmodelled-command",
    message: `${request.context.name} runs ${what}, which the rehearsal knows nothing of: its outputs are taken to be empty`,
    remedy: "start the script with `# groundwork step: <verb> key=value` and model the verb in rehearsal/command/steps",
  });
  return { stdout: "", until: request.at + durations.step.other };
}

/** sshd takes no variables but LANG and LC_* unless its AcceptEnv says so. */
function refuseEnvironment(inputs: Inputs): void {
  const refused = Object.keys(inputs.environment ?? {}).find((name) => !/^(LANG$|LC_)/.test(name));
  if (refused === undefined) return;
  throw new ServiceError(
    "SetenvFailed",
    `could not set environment variable "${refused}": ssh: setenv failed. In the rehearsal: sshd takes only what AcceptEnv lists: put the variable into the script instead`,
  );
}

function hex(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
