import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";

/** The programs of a control plane and its tools, each with the main package that `go.mod` beside this file pins. */
const packages = {
  etcd: "go.etcd.io/etcd/server/v3",
  "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
  "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
  "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
  kubectl: "k8s.io/kubernetes/cmd/kubectl",
  kwok: "sigs.k8s.io/kwok/cmd/kwok",
  helm: "helm.sh/helm/v3/cmd/helm",
} as const;

export type Program = keyof typeof packages;
export const programs = Object.keys(packages) as readonly Program[];

/** What `startControlPlane` runs. */
export const controlPlanePrograms = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
] as const satisfies readonly Program[];
export type ControlPlaneProgram = (typeof controlPlanePrograms)[number];

export interface Found {
  readonly path: string;
  readonly origin: "PATH" | "built";
}

const module = import.meta.dirname;
/** Where built programs are kept; not in git. */
export const buildDirectory = join(module, "../../../.engine/bin");

/** Where programs are looked for. */
export interface Places {
  /** Directories as in the variable PATH. */
  readonly path: string;
  /** Directory of what `npm run build:engine` made. */
  readonly built: string;
}

const here = (): Places => ({ path: process.env.PATH ?? "", built: buildDirectory });

/** The program on PATH, else the one built from the present `go.mod`, else undefined. */
export function findProgram(name: Program, { path, built }: Places = here()): Found | undefined {
  const onPath = which(name, path);
  if (onPath !== undefined) return { path: onPath, origin: "PATH" };
  return isBuilt(name, built) ? { path: join(built, name), origin: "built" } : undefined;
}

/** One line for each program that is neither there nor can be built, with the remedy; none when all can be had. */
export function missingPrograms(names: readonly Program[], places: Places = here()): readonly string[] {
  if (which("go", places.path) !== undefined) return [];
  return names
    .filter((name) => findProgram(name, places) === undefined)
    .map((name) => `${name} is not on PATH, and there is no Go to build it → ${remedy}`);
}

const remedy = "install it, or install Go (the version in rehearsal/pulumi/kube/go.mod) and run: npm run build:engine";

/**
 * Paths of the programs, built where they are not there yet: the first time that takes minutes (about eight for all of
 * them on two cores).
 * @param say gets a line for each program that is built.
 * @throws naming every program that is missing, or the compiler's last words.
 */
export async function ensurePrograms<Name extends Program>(
  names: readonly Name[],
  say: (line: string) => void,
): Promise<Readonly<Record<Name, string>>> {
  const missing = missingPrograms(names);
  if (missing.length > 0) throw new Error(missing.join("\n"));
  const paths: (readonly [Name, string])[] = [];
  for (const name of names) {
    paths.push([name, findProgram(name)?.path ?? (await build(name, say))]);
  }
  return Object.fromEntries(paths) as Readonly<Record<Name, string>>;
}

async function build(name: Program, say: (line: string) => void): Promise<string> {
  const path = join(buildDirectory, name);
  mkdirSync(buildDirectory, { recursive: true });
  // Two runs may build at once: each writes a file of its own and puts it in place whole.
  const draft = `${path}.${process.pid}`;
  const begun = Date.now();
  say(`building ${name} (${packages[name]})`);
  // Low priority: whoever waits for it may still want to work meanwhile.
  await run("nice", [
    "-n",
    "19",
    "go",
    "build",
    "-mod=readonly",
    "-buildvcs=false",
    "-ldflags",
    flags(),
    "-o",
    draft,
    packages[name],
  ]);
  renameSync(draft, path);
  writeFileSync(`${path}${stampSuffix}`, stamp());
  say(`built ${name} in ${Math.round((Date.now() - begun) / 1000)} s`);
  return path;
}

function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, {
    cwd: module,
    env: { ...process.env, CGO_ENABLED: "0" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let words = "";
  child.stderr.on("data", (chunk: Buffer) => {
    words = `${words}${chunk.toString()}`.slice(-4000);
  });
  const stop = (): void => {
    child.kill();
  };
  process.once("exit", stop);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      process.removeListener("exit", stop);
      if (code === 0) resolve();
      else
        reject(
          new Error(
            `${command} ${args.join(" ")} in rehearsal/pulumi/kube ended with ${code ?? "a signal"}:\n${words}`,
          ),
        );
    });
  });
}

/** Without its version a Kubernetes program says v0.0.0, which charts' `kubeVersion` refuses. */
function flags(): string {
  const version = /^\tk8s\.io\/kubernetes (v\S+)/m.exec(readFileSync(join(module, "go.mod"), "utf8"))?.[1];
  if (version === undefined)
    throw new Error("rehearsal/pulumi/kube/go.mod does not require k8s.io/kubernetes → pin it there");
  const names = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];
  return ["-s", "-w", ...names.map((name) => `-X ${name}.gitVersion=${version}`)].join(" ");
}

const stampSuffix = ".sha256";

/** True for a program that was built from what is pinned now. */
function isBuilt(name: Program, directory: string): boolean {
  const file = join(directory, `${name}${stampSuffix}`);
  return existsSync(join(directory, name)) && existsSync(file) && readFileSync(file, "utf8") === stamp();
}

function stamp(): string {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(module, file)));
  return hash.digest("hex");
}

function which(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((directory) => directory !== "")
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
