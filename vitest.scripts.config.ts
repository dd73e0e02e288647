import { defineConfig } from "vitest/config";

// Node scripts, run for real on simulated hosts, over real SSH too: `npm run test:scripts`.
export default defineConfig({
  test: {
    include: ["tests/{scripts,hosts}/**/*.test.ts"],
    setupFiles: ["tests/seed.ts"],
    pool: "forks",
    // One more than the two cores of a small machine: they wait for shells and clocks most of the time.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
