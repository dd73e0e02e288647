/** A project's allowance of requests. */
export interface Allowance {
  /** Takes one request; false: there is none left. */
  take(): boolean;
  /** docs.hetzner.cloud, "Rate Limiting" */
  headers(): Record<string, string>;
}

/** `perHour` requests, of which those that are used come back evenly over the hour. */
export function createAllowance(perHour: number, now: () => Date): Allowance {
  let left = perHour;
  let checked = now().getTime();
  const perMillisecond = perHour / 3_600_000;
  const refill = (): void => {
    const moment = now().getTime();
    left = Math.min(perHour, left + (moment - checked) * perMillisecond);
    checked = moment;
  };
  return {
    take() {
      refill();
      if (left < 1) return false;
      left--;
      return true;
    },
    headers() {
      refill();
      const missing = perHour - left;
      return {
        "RateLimit-Limit": String(perHour),
        "RateLimit-Remaining": String(Math.floor(left)),
        "RateLimit-Reset": String(Math.ceil((checked + missing / perMillisecond) / 1000)),
      };
    },
  };
}
