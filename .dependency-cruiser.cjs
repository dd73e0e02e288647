/**
 * The layers of the program. Data goes one way:
 *
 *     lib <- config <- components <- index.ts
 *     lib, config <- rehearsal <- commands, tests
 *
 * @type {import("dependency-cruiser").IConfiguration}
 */

/** Two folders of one parent that must not know each other: what both need belongs in lib/ or beside them. */
const sideways = (name, parent, comment) => ({
  name,
  comment,
  severity: "error",
  from: { path: `^${parent}/([^/]+)/` },
  to: { path: `^${parent}/[^/]+/`, pathNot: `^${parent}/$1/` },
});

module.exports = {
  forbidden: [
    {
      name: "no-cycle",
      comment: "Data goes one way: move what both sides need into a file of its own.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphan",
      comment: "A module that nothing imports and that imports nothing is dead or is missing its caller.",
      severity: "error",
      from: {
        orphan: true,
        pathNot: [
          "^(vitest\\.config\\.ts|eslint\\.config\\.js|\\.dependency-cruiser\\.cjs|\\.ci/totals\\.cjs)$",
          "^tests/",
          "\\.d\\.ts$",
        ],
      },
      to: {},
    },
    {
      name: "not-resolved",
      comment: "This import leads nowhere: is the package in package.json, the file there and its ending .ts?",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-index",
      comment: "index.ts is the program itself: importing it would run it.",
      severity: "error",
      from: {},
      to: { path: "^index\\.ts$" },
    },
    {
      name: "lib-is-pure",
      comment: "lib/ holds pure functions over plain types: no Pulumi, not even its types, and no other layer.",
      severity: "error",
      from: { path: "^lib/" },
      to: {
        path: ["(^|node_modules/)@pulumi/", "^(components|config|rehearsal|commands|policy|scripts|bench|tests)/"],
      },
    },
    {
      name: "config-is-plain",
      comment:
        "Configuration is validated before anything else exists: config/ may import lib/ and packages that are not Pulumi's.",
      severity: "error",
      from: { path: "^config/", pathNot: "^config/load\\.ts$" },
      to: { path: ["(^|node_modules/)@pulumi/", "^(components|rehearsal|commands|policy|scripts|bench|tests)/"] },
    },
    {
      name: "config-load-only-loads",
      comment: "config/load.ts reads pulumi.Config and hands over a Stage; it knows no resource.",
      severity: "error",
      from: { path: "^config/load\\.ts$" },
      to: {
        path: ["(^|node_modules/)@pulumi/", "^(components|rehearsal|commands|policy|scripts|bench|tests)/"],
        pathNot: "(^|node_modules/)@pulumi/pulumi/",
      },
    },
    {
      name: "only-the-program-loads",
      comment:
        "Configuration is loaded once, by index.ts (and a benchmark's program); everything else is given a value.",
      severity: "error",
      from: { pathNot: ["^index\\.ts$", "^bench/providers\\.ts$", "^tests/"] },
      to: { path: "^config/load\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "components-only-build",
      comment: "A component knows nothing of the rehearsal, the commands or the tests that watch it.",
      severity: "error",
      from: { path: "^components/" },
      to: { path: "^(rehearsal|commands|policy|scripts|bench|tests)/" },
    },
    {
      name: "rehearsal-does-not-know-the-program",
      comment: "The rehearsal runs the unmodified program and judges it from outside.",
      severity: "error",
      from: { path: "^rehearsal/" },
      to: { path: "^(components|commands|scripts|bench|tests)/" },
    },
    {
      name: "commands-do-not-build",
      comment: "A command runs the program or reads what it made; it creates no resource itself.",
      severity: "error",
      // A program of its own, to compare the stage's with.
      from: { path: "^(commands|scripts|bench)/", pathNot: "^bench/providers\\.ts$" },
      to: { path: "^(components|tests)/" },
    },
    {
      name: "policy-judges-from-outside",
      comment: "The policy pack sees resources as the engine does, not the code that made them.",
      severity: "error",
      from: { path: "^policy/" },
      to: { path: "^(components|config|rehearsal|commands|scripts|bench|tests)/" },
    },
    sideways(
      "machines-not-sideways",
      "components/machines",
      "A machine provider is chosen, never combined inside another: share through lib/ or components/machines/*.ts.",
    ),
    sideways(
      "clusters-not-sideways",
      "components/cluster",
      "A cluster kind is chosen, never combined inside another: share through lib/ or components/cluster/*.ts.",
    ),
    {
      name: "machine-files-not-sideways",
      comment:
        "components/machines/<provider>.ts files do not import each other; only the one that chooses imports all.",
      severity: "error",
      from: { path: "^components/machines/(hetzner|proxmox|bare-metal|docker)\\.ts$" },
      to: {
        path: "^components/machines/(hetzner|proxmox|bare-metal|docker)(\\.ts$|/)",
        pathNot: "^components/machines/$1(\\.ts$|/)",
      },
    },
    {
      name: "dev-dependencies-stay-out-of-the-program",
      comment:
        "What `pulumi up` runs may only use dependencies, not devDependencies; lib/metal/reach.mjs does without when there is none.",
      severity: "error",
      from: { path: "^(index\\.ts$|components/|config/|lib/)", pathNot: "^lib/metal/reach\\.mjs$" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "not-in-package-json",
      comment: "A package that only another package brings may be gone tomorrow: add it to package.json.",
      severity: "error",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
  ],
  options: {
    // Type imports count too: a layer that only names another's types still depends on it.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(\\.rehearsal|\\.engine|coverage)/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
