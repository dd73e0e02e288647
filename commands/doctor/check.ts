/** What one look at something that a stack needs has shown. */
export interface Check {
  /** `hetzner`, `talosctl`, ... */
  readonly about: string;
  readonly state: "well" | "wrong";
  readonly message: string;
  /** Absent when all is well. */
  readonly remedy?: string;
}

export const well = (about: string, message: string): Check => ({ about, state: "well", message });
export const wrong = (about: string, message: string, remedy: string): Check => ({
  about,
  state: "wrong",
  message,
  remedy,
});

/** One line each, with the remedy below. */
export function checksText(checks: readonly Check[]): string {
  return checks
    .map(({ about, state, message, remedy }) =>
      [
        `${state === "well" ? "well " : "wrong"}  ${about}: ${message}`,
        ...(remedy === undefined ? [] : [`         → ${remedy}`]),
        "",
      ].join("\n"),
    )
    .join("");
}
