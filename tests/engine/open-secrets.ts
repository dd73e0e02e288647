/** Whatever may be base64 in a text, decoded. */
const decoded = (text: string): string =>
  (text.match(/[A-Za-z0-9+/]{24,}={0,2}/g) ?? [])
    .map((part) => Buffer.from(part, "base64").toString("latin1"))
    .join("\n");

/**
 * Names of the secrets that anybody can read in a text, in base64 or not; `PRIVATE KEY` for those that the run made.
 * @param canaries values by key
 */
export function openSecrets(text: string, canaries: ReadonlyMap<string, string>): readonly string[] {
  // Kubernetes has its Secrets in base64, a registry's twice.
  const once = decoded(text);
  const everything = [text, once, decoded(once)].join("\n");
  const open = [...canaries].filter(([, canary]) => everything.includes(canary)).map(([key]) => key);
  return everything.includes("PRIVATE KEY") ? [...open, "PRIVATE KEY"] : open;
}
