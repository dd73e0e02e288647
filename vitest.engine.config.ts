import { defineConfig } from "vitest/config";

// Tests that need the real engine, a real control plane or Helm; each says what is missing: `npm run test:engine`.
export default defineConfig({
  test: {
    include: ["tests/engine/**/*.test.ts"],
    pool: "forks",
    // One at a time: each brings up a whole control plane.
    maxWorkers: 1,
    testTimeout: 600_000,
    // The first run builds what is not there.
    hookTimeout: 2_400_000,
  },
});
