import tseslint from "typescript-eslint";

// Biome formats and lints; what is here needs the types of the program, or is a law of this repository that a
// general linter cannot know.

const configIsReadOnce = [
  {
    selector: "NewExpression > MemberExpression.callee[property.name='Config']",
    message: "Only config/load.ts reads pulumi.Config: take a validated value as an argument instead.",
  },
  {
    selector: "ImportDeclaration[source.value=/^@pulumi\\/pulumi/] > ImportSpecifier[imported.name='Config']",
    message: "Only config/load.ts reads pulumi.Config: take a validated value as an argument instead.",
  },
];

const environmentIsNotRead = [
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: "The program does not depend on the environment: make it a configuration value, read by config/load.ts.",
  },
];

const nothingIsCreatedInApply = [
  {
    selector: "CallExpression[callee.property.name='apply'] NewExpression[callee.type='MemberExpression']",
    message: "A resource created inside apply() is missing from every preview: pass the Output as an input instead.",
  },
  {
    selector:
      "CallExpression[callee.property.name='apply'] NewExpression[callee.type='Identifier'][callee.name!=/^(\\w*Error|Map|Set|URL|Date|RegExp)$/]",
    message: "A resource created inside apply() is missing from every preview: pass the Output as an input instead.",
  },
];

export default tseslint.config(
  { ignores: ["node_modules/", ".rehearsal/", ".engine/", "coverage/"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        // A default that ends in `never` is checked by the compiler; one that throws is due for foreign unions.
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      "no-restricted-syntax": ["error", ...configIsReadOnce],
    },
  },
  {
    files: ["index.ts", "config/**/*.ts", "lib/**/*.ts"],
    ignores: ["config/load.ts"],
    rules: { "no-restricted-syntax": ["error", ...configIsReadOnce, ...environmentIsNotRead] },
  },
  {
    files: ["components/**/*.ts"],
    rules: {
      "no-restricted-syntax": ["error", ...configIsReadOnce, ...environmentIsNotRead, ...nothingIsCreatedInApply],
    },
  },
  // Tests bring small programs of their own.
  { files: ["config/load.ts", "tests/**/*.ts"], rules: { "no-restricted-syntax": "off" } },
);
