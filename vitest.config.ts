import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    // They need the real engine and its plugins: `npm run test:engine`; or take their time: `npm run test:scripts`.
    exclude: ["tests/engine/**", "tests/scripts/**", "tests/hosts/**"],
    setupFiles: ["tests/seed.ts"],
    // A process each: a rehearsal runs the Pulumi SDK, which keeps its settings in globals and in the environment.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
