/** True when a template reads this value by its path: `.Values.a.b`. */
export const readsValue = (templates: string, path: readonly string[]): boolean =>
  plain(path) && new RegExp(`\\.Values\\.${pattern(path)}(?![\\w-])`).test(templates);

/**
 * True when a template writes a map out whole or goes through its keys, so that the chart takes any of them:
 * `toYaml .Values.a`, `range $k, $v := .Values.a`, `with .Values.a }}…toYaml .`, `index .Values "a.b"`,
 * `omit .Values.a "known"`.
 */
export function goneThrough(templates: string, path: readonly string[]): boolean {
  if (!plain(path)) return path.length === 1 && templates.includes(`index .Values "${String(path[0])}"`);
  const value = `\\.Values\\.${pattern(path)}(?![\\w.-])`;
  const whole = "(toYaml|toJson|toPrettyJson|toToml)";
  return [
    `\\b(${whole}|range|tpl|omit|"value")\\s[^{}|]*${value}`,
    `${value}[^{}]*\\|\\s*${whole}`,
    `\\bwith\\s[^{}]*${value}\\s*-?\\}\\}[^{}]{0,200}\\{\\{-?\\s*(${whole}\\s+\\.|range\\b[^{}]*\\s\\.\\s|\\.\\s*\\|\\s*${whole})`,
  ].some((each) => new RegExp(each).test(templates));
}

const plain = (path: readonly string[]): boolean => path.every((part) => /^\w+$/.test(part));
const pattern = (path: readonly string[]): string => path.join("\\.");
