import { stringify } from "yaml";

const [open, close] = ["⟦", "⟧"];

/** A part of an object that Helm is to fill in: `expression(".Release.Name")` becomes `{{ .Release.Name }}`. */
export const expression = (text: string): string => `${open}${text}${close}`;

/** Objects as one template file, all of it under a condition of Helm's template language where one is given. */
export function template(objects: readonly unknown[], when?: string): string {
  const text = objects.map((object) => `---\n${fill(stringify(object, { lineWidth: 0 }))}`).join("");
  return when === undefined ? text : `{{- if ${when} }}\n${text}{{- end }}\n`;
}

function fill(yaml: string): string {
  const filled = yaml.replaceAll(new RegExp(`${open}([^${close}]*)${close}`, "gu"), "{{ $1 }}");
  const quoted = /["']\{\{ .*$/mu.exec(filled)?.[0];
  if (quoted !== undefined) throw new Error(`YAML quotes this expression, and Helm would fill in a string: ${quoted}`);
  return filled;
}
