import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** A provider plugin that the program's SDKs ask the engine for. */
export interface Plugin {
  /** `hcloud` */
  readonly name: string;
  /** `1.41.0`, the SDK's own. */
  readonly version: string;
  /** Where it is downloaded from, when that is not Pulumi's own place. */
  readonly server?: string;
}

const project = z.object({ dependencies: z.record(z.string(), z.string()) });
const sdk = z.object({
  pulumi: z.object({
    resource: z.boolean().optional(),
    name: z.string(),
    version: z.string(),
    server: z.string().optional(),
  }),
});

/**
 * The plugins of the project's dependencies, by name: each SDK says in its package.json which plugin it speaks to.
 * @param directory the project's, with `node_modules`.
 */
export function pluginsOf(directory: string): readonly Plugin[] {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(directory, file), "utf8"));
  return Object.keys(project.parse(read("package.json")).dependencies)
    .filter((name) => name.includes("pulumi"))
    .flatMap((name) => {
      const { data } = sdk.safeParse(read(join("node_modules", name, "package.json")));
      return data?.pulumi.resource === true ? [pluginOf(data.pulumi)] : [];
    })
    .toSorted((a, b) => a.name.localeCompare(b.name, "en"));
}

const pluginOf = ({ name, version, server }: z.output<typeof sdk>["pulumi"]): Plugin => ({
  ...{ name, version },
  ...(server === undefined ? {} : { server }),
});
