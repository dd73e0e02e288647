"use strict";

/**
 * Prints the totals of a vitest run from its JSON report: `node totals.cjs <report>`.
 *
 * What failed outside of a test (a file that does not load, an unhandled error) counts as a failure too, so that the
 * line never looks better than the run was.
 */
const { readFileSync } = require("node:fs");

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const broken = report.testResults.filter(
  (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
).length;
const counted = report.numFailedTests + broken;
const failed = counted === 0 && !report.success ? 1 : counted;
const skipped = report.numPendingTests + report.numTodoTests;

console.log(`${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
