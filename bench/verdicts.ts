export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Prints figures, each against its limit, and knows whether all of them held. */
export function createVerdicts() {
  const verdicts: boolean[] = [];
  return {
    note: (line: string): void => void process.stdout.write(`${line}\n`),
    say(what: string, value: number, limit: number, unit: string): void {
      const holds = value <= limit;
      verdicts.push(holds);
      const mark = holds ? "ok  " : "FAIL";
      process.stdout.write(`${mark}  ${what.padEnd(64)} ${value.toFixed(2)}${unit} (at most ${limit}${unit})\n`);
    },
    /** Exit status: 1 when a limit is broken. */
    status: (): number => (verdicts.every(Boolean) ? 0 : 1),
  };
}
