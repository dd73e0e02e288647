import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    // They need the real engine and its plugins: `npm run test:engine`.
    exclude: ["tests/engine/**"],
    setupFiles: ["tests/seed.ts"],
    // A process each: a rehearsal runs the Pulumi SDK, which keeps its settings in globals and in the environment.
    pool: "forks",
    // One more than the two cores of a small machine: tests that run node scripts wait for them most of the time.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
