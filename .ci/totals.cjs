"use strict";

/**
 * Prints the totals of a vitest run from its JSON report: `node totals.cjs <report> <exit code>`.
 *
 * What failed outside of a test (a file that does not load, an unhandled error) counts as a failure too, so that the
 * line never looks better than the run was.
 */
const { readFileSync } = require("node:fs");

const [reportFile, exitCode] = process.argv.slice(2);
const report = JSON.parse(readFileSync(reportFile, "utf8"));
const broken = report.testResults.filter(
  (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
).length;
const counted = report.numFailedTests + broken;
// The report calls a run with an unhandled error a success; the exit code does not.
const failed = counted === 0 && exitCode !== "0" ? 1 : counted;
const skipped = report.numPendingTests + report.numTodoTests;

console.log(`${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
