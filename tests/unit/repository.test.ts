import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, matchesGlob, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { z } from "zod";

/** Laws of the repository itself, which no linter knows. */

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8");

const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
  .split("\0")
  .filter((file) => file !== "" && existsSync(join(root, file)));

const matching = (...globs: readonly string[]): readonly string[] =>
  tracked.filter((file) => globs.some((glob) => matchesGlob(file, glob)));

/** Lines that are neither blank nor only a comment. */
function linesOfCode(file: string): number {
  const [text, comment] = /\.(ts|js|cjs)$/.test(file)
    ? [read(file).replace(/^\s*\/\*[\s\S]*?\*\//gm, ""), /^\s*(\/\/.*)?$/]
    : [read(file), /^\s*(#.*)?$/];
  return text.split("\n").filter((line) => !comment.test(line)).length;
}

const packageJson = z
  .object({
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
    allowScripts: z.record(z.string(), z.boolean()),
  })
  .parse(JSON.parse(read("package.json")));

const packageLock = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        version: z.string().optional(),
        integrity: z.string().optional(),
        resolved: z.string().optional(),
        hasInstallScript: z.boolean().optional(),
        inBundle: z.boolean().optional(),
        optionalDependencies: z.record(z.string(), z.string()).optional(),
      }),
    ),
  })
  .parse(JSON.parse(read("package-lock.json")));

const renovate = z
  .object({
    customManagers: z.array(z.object({ managerFilePatterns: z.array(z.string()), matchStrings: z.array(z.string()) })),
  })
  // JSON5 is an expression of JavaScript.
  .parse(runInNewContext(`(${read("renovate.json5")})`));

test("a file does one thing, in at most 300 lines of code", () => {
  const sources = matching("**/*.{ts,js,cjs,sh}", ".ci/*").filter(
    (file) => !matchesGlob(file, "tests/**") && !matchesGlob(file, "**/data/**"),
  );
  expect(sources).toContain("scripts/check.ts");
  const long = sources.map((file) => ({ file, lines: linesOfCode(file) })).filter(({ lines }) => lines > 300);
  expect(long).toEqual([]);
});

test("every dependency is pinned to one version", () => {
  const loose = Object.entries({ ...packageJson.dependencies, ...packageJson.devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  );
  expect(loose).toEqual([]);
});

test("@pulumi/command is the maintained 1.x, not the stale build that npm calls latest", () => {
  expect(packageJson.dependencies["@pulumi/command"]).toBe("1.2.1");
});

test("the lock file is whole: every package has its checksum, on every platform", () => {
  const entries = Object.entries(packageLock.packages).filter(([path]) => path !== "");
  const unchecked = entries.filter(([, entry]) => entry.integrity === undefined && entry.inBundle !== true);
  expect(unchecked.map(([path]) => path)).toEqual([]);

  // npm leaves out, without a word, an optional package that its registry did not have when the lock was made; a later
  // `npm ci` then refuses the whole lock.
  const names = new Set(
    entries.map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)),
  );
  const absent = entries.flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !names.has(name))
      .map((name) => `${path} → ${name}`),
  );
  expect(absent).toEqual([]);
});

test("every package with an install script is allowed or refused by name", () => {
  const withScript = Object.entries(packageLock.packages)
    .filter(([, entry]) => entry.hasInstallScript === true)
    .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
  expect(Object.keys(packageJson.allowScripts).sort()).toEqual([...new Set(withScript)].sort());
});

test("no tracked file names a path of somebody's machine or a package registry", () => {
  const machinePaths = /(?<![\w.$}-])\/(?:work|workspaces?|builds|__w|Users|home)\/[\w.-]+/g;
  const registries =
    /registry\.npmjs\.org|registry\.yarnpkg\.com|npm\.pkg\.github\.com|proxy\.golang\.org|deb\.debian\.org/g;
  const found = tracked.flatMap((file) => {
    const text = read(file);
    const here = text.includes(root) ? [root] : [];
    const names = [...(text.match(machinePaths) ?? []), ...(text.match(registries) ?? []), ...here];
    return names.map((name) => `${file}: ${name}`);
  });
  expect(found).toEqual([]);
});

test("every stack file names the schema that completes it in an editor", () => {
  const stacks = matching("Pulumi.*.yaml", "examples/*/Pulumi.*.yaml");
  const named = stacks.map((file) => {
    const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(read(file))?.[1];
    return [file, schema === undefined ? "no schema in its first line" : normalize(join(dirname(file), schema))];
  });
  expect(named).toEqual(stacks.map((file) => [file, "schemas/stack.json"]));
  expect(stacks).toEqual(expect.arrayContaining(["Pulumi.prod.yaml"]));
});

test("Renovate understands every comment that is meant for it", () => {
  const managers = renovate.customManagers.map(({ managerFilePatterns, matchStrings }) => ({
    files: managerFilePatterns.map((pattern) => new RegExp(pattern.replace(/^\/|\/$/g, ""))),
    versions: matchStrings.map((source) => new RegExp(source, "g")),
  }));
  const deaf = matching("**/*.ts")
    .filter((file) => !file.startsWith("tests/"))
    .flatMap((file) => {
      const text = read(file);
      const comments = text.match(/\/\/ renovate:/g)?.length ?? 0;
      const heard = managers
        .filter(({ files }) => files.some((pattern) => pattern.test(file)))
        .flatMap(({ versions }) => versions.flatMap((version) => [...text.matchAll(version)])).length;
      return comments === heard ? [] : [`${file}: ${comments} comments, ${heard} understood`];
    });
  expect(deaf).toEqual([]);
});

test("GitHub's actions are pinned to a commit, with its version beside it", () => {
  const workflows = matching(".github/workflows/*.yml", ".github/actions/**/*.yml");
  expect(workflows).toContain(".github/workflows/ci.yml");
  const loose = workflows.flatMap((file) =>
    [...read(file).matchAll(/uses:\s*(.+)/g)]
      .map(([, use]) => use ?? "")
      .filter((use) => !/^(\.\/\S+|[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(use))
      .map((use) => `${file}: ${use}`),
  );
  expect(loose).toEqual([]);
});
