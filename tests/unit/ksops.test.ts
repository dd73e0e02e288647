import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import type { SecretRef } from "../../lib/platform/release.ts";
import { missing, onPath } from "../harness/tools.ts";
import { object, plan, releaseStep } from "./platform-fixture.ts";

// Keys as docs/delivery.md has a person make them, delivered as the plan says: Secrets, mounts, environment and the step
// that imports. What runs in the repository server's pod runs here, below a directory that stands for its file system.

interface Container {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface RepoServer extends Omit<Container, "command" | "name"> {
  readonly initContainers: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[];
}

interface Values {
  readonly configs: { readonly cm: Readonly<Record<string, string>> };
  readonly repoServer: RepoServer;
}

// Short: gpg's agent listens on a socket in its directory.
const dir = mkdtempSync(join(tmpdir(), "sops-"));
const person = { ...process.env, GNUPGHOME: join(dir, "person") };
afterEach(() => {
  for (const home of [person.GNUPGHOME, join(dir, "pod/gnupg/home")])
    if (existsSync(home)) execFileSync("gpgconf", ["--homedir", home, "--kill", "gpg-agent"]);
  for (const entry of readdirSync(dir)) rmSync(join(dir, entry), { recursive: true });
});
afterAll(() => rmSync(dir, { recursive: true }));

const run = (program: string, args: readonly string[], env: NodeJS.ProcessEnv, input = ""): string =>
  execFileSync(program, args, { env, input, cwd: dir, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] });

/** A new GPG key without a passphrase: its fingerprint, and what is given to `secret:sops-gpg-key`. */
function gpgKey(): { readonly fingerprint: string; readonly armoured: string } {
  mkdirSync(person.GNUPGHOME, { mode: 0o700 });
  const how = ["--batch", "--passphrase", "", "--quick-generate-key", "ops@example.com", "future-default"];
  run("gpg", [...how, "default", "never"], person);
  const listed = run("gpg", ["--batch", "--with-colons", "--list-secret-keys"], person);
  const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? "";
  return { fingerprint, armoured: run("gpg", ["--export-secret-keys", "--armor", fingerprint], person) };
}

/** The pod's file system once its Secrets are mounted and its first containers are through; its environment, and buildOptions. */
function pod(keys: Readonly<Record<string, string>>) {
  const root = join(dir, "pod");
  const made = plan({
    releases: {
      argocd: {
        repository: { url: "https://gitlab.com/example/platform.git", tokenSecret: "git-token" },
        ...("gpg" in keys ? { gpgKeySecret: "gpg" } : {}),
        ...("age" in keys ? { ageKeySecret: "age" } : {}),
      },
    },
  });
  const { repoServer, configs } = releaseStep(made, "argocd").values as unknown as Values;
  const secrets = new Map(repoServer.volumes.map(({ name, secret }) => [name, secret?.secretName]));
  const mount = ({ volumeMounts }: Pick<Container, "volumeMounts">): void => {
    for (const { name, mountPath } of volumeMounts) {
      mkdirSync(join(root, mountPath), { recursive: true });
      const secret = secrets.get(name);
      const { stringData } = (secret === undefined ? {} : object(made, `secret/argocd/${secret}`)) as {
        readonly stringData?: Readonly<Record<string, SecretRef>>;
      };
      for (const [file, value] of Object.entries(stringData ?? {}))
        writeFileSync(join(root, mountPath, file), value.render(keys[value.secret] ?? ""));
    }
  };
  const inPod = (text: string): string => text.replaceAll(/(?<=^|[\s=])\/(?=gnupg|etc)/g, `${root}/`);
  const environment = ({ env = [] }: Pick<Container, "env">): NodeJS.ProcessEnv => ({
    PATH: process.env.PATH,
    ...Object.fromEntries(env.map(({ name, value }) => [name, inPod(value)])),
  });
  for (const container of repoServer.initContainers.filter(({ name }) => name !== "ksops")) {
    mount(container);
    const [program = "", ...args] = container.command;
    run(program, args.map(inPod), environment(container));
  }
  mount({ volumeMounts: repoServer.volumeMounts.filter(({ name }) => name !== "ksops") });
  return { env: environment(repoServer), options: (configs.cm["kustomize.buildOptions"] ?? "").split(" ") };
}

const manifest = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: database\nstringData:\n  password: opened\n";
const files = {
  "kustomization.yaml": "generators: [ksops.yaml]\n",
  "ksops.yaml": `apiVersion: viaduct.ai/v1
kind: ksops
metadata:
  name: secrets
  annotations:
    config.kubernetes.io/function: |
      exec:
        path: ksops
files: [gpg.yaml, age.yaml]
`,
};

test("the repository server's gpg has the key, and asks nobody for a passphrase", ({ skip }) => {
  skip(!onPath("gpg"), missing("gpg"));
  const gpg = gpgKey();
  const { env } = pod({ gpg: gpg.armoured });
  const closed = ["--batch", "--armor", "--trust-model", "always", "--recipient", gpg.fingerprint, "--encrypt"];
  expect(run("gpg", ["--batch", "--decrypt"], env, run("gpg", closed, person, "opened"))).toBe("opened");
});

test("kustomize opens there what SOPS closed, each file by the key that it is for", ({ skip }) => {
  for (const program of ["gpg", "sops", "kustomize", "ksops", "age-keygen"]) skip(!onPath(program), missing(program));
  const gpg = gpgKey();
  const age = run("age-keygen", [], person);
  const recipient = /^# public key: (\S+)$/m.exec(age)?.[1] ?? "";
  const repository = join(dir, "repository");
  mkdirSync(repository);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(repository, name), text);
  for (const [kind, to] of [["pgp", gpg.fingerprint] as const, ["age", recipient] as const]) {
    const name = kind === "pgp" ? "gpg" : kind;
    const file = join(repository, `${name}.yaml`);
    writeFileSync(file, manifest.replace("database", name));
    run("sops", ["--encrypt", `--${kind}`, to, "--encrypted-regex", "^stringData$", "--in-place", file], person);
    expect(readFileSync(file, "utf8")).not.toContain("opened");
  }
  const { env, options } = pod({ gpg: gpg.armoured, age });
  const built = run("kustomize", ["build", ...options, repository], env).split("---\n");
  expect(built.toSorted()).toEqual([manifest.replace("database", "age"), manifest.replace("database", "gpg")]);
});
