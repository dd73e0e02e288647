"use strict";

/**
 * Prints the totals of vitest runs from their JSON reports: `node totals.cjs [<report> <exit code>]...`.
 *
 * What failed outside of a test (a file that does not load, an unhandled error) counts as a failure too, so that the
 * line never looks better than the runs were.
 */
const { readFileSync } = require("node:fs");

const total = { passed: 0, failed: 0, skipped: 0 };
for (let at = 2; at < process.argv.length; at += 2) {
  const report = JSON.parse(readFileSync(process.argv[at], "utf8"));
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const counted = report.numFailedTests + broken;
  total.passed += report.numPassedTests;
  // The report calls a run with an unhandled error a success; the exit code does not.
  total.failed += counted === 0 && process.argv[at + 1] !== "0" ? 1 : counted;
  total.skipped += report.numPendingTests + report.numTodoTests;
}

console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
