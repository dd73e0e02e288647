import { z } from "zod";
import { hostname, label, labelKey, labelValue, port, size } from "../../primitives.ts";
import { shown } from "../../shown.ts";
import { exposure } from "../ingress.ts";

const cpu = z.string().regex(/^\d+m$|^\d+(\.\d{1,3})?$/, {
  error: ({ input }) => `${shown(input)} is no amount of CPU → write cores such as 0.5, or thousandths such as 500m`,
});

const image = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/,
    {
      abort: true,
      error: ({ input }) =>
        `${shown(input)} is no image → write registry/path with a tag or digest, such as ghcr.io/example/shop:production`,
    },
  )
  .refine((text) => /:[\w][\w.-]*$|@sha256:/.test(text), {
    error: ({ input }) => `${shown(input)} has neither tag nor digest → add one: without, latest would be run`,
  });

const path = z.string().regex(/^\/\S*$/, {
  error: ({ input }) => `${shown(input)} is no path → write it from the root on, such as /tmp`,
});

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
  error: ({ input }) => `${shown(input)} is no name of a variable → use letters, digits and underscores`,
});

const secretKey = z.strictObject({
  secret: label.meta({ description: "Kubernetes Secret in the application's namespace: see groundwork:secrets." }),
  key: z.string().min(1).meta({ description: "Key in that Secret." }),
});

const resources = z.strictObject({
  cpu: cpu.default("100m").meta({ description: "Reserved CPU." }),
  memory: size.default("256Mi").meta({ description: "Reserved memory." }),
  cpuLimit: cpu.optional().meta({ description: "CPU at most. Absent: what is free." }),
  memoryLimit: size.default("512Mi").meta({ description: "Memory at most: beyond it the container is killed." }),
});

const autoscale = z.strictObject({
  max: z.int().min(2).max(1000).meta({ description: "Copies at most; replicas is the least." }),
  cpu: z.int().min(1).max(100).default(70).meta({ description: "Per cent of the reserved CPU to aim at." }),
});

/** One entry of `groundwork:apps`: a web application that is stateless in itself. */
export const appOptions = z
  .strictObject({
    image: image.meta({ description: "With tag or digest. A tag is pulled anew for every pod." }),
    namespace: label.default("apps").meta({ description: "Namespace that it lives in." }),
    port: port
      .default(8080)
      .refine((each) => each > 1023, {
        error: ({ input }) => `${shown(input)} is for root alone, and it does not run as root → listen above 1023`,
      })
      .meta({ description: "Port that it listens on, above 1023." }),
    command: z.array(z.string()).optional().meta({ description: "Instead of the image's entrypoint." }),
    args: z.array(z.string()).optional().meta({ description: "Instead of the image's arguments." }),
    replicas: z.int().min(1).max(1000).default(3).meta({ description: "Copies." }),
    autoscale: autoscale.optional().meta({ description: "More copies while there is much to do." }),
    resources: resources.prefault({}).meta({ description: "Of each copy." }),
    user: z.int().min(1).default(1000).meta({ description: "Number of the user that it runs as; never root." }),
    writable: z
      .array(path)
      .default(["/tmp"])
      .meta({ description: "Directories that it may write to, empty at start; all else is read-only." }),
    health: path.default("/").meta({ description: "Path that answers 200 to 399 when it can serve." }),
    startup: z.int().min(10).max(3600).default(120).meta({ description: "Seconds that it may take to start." }),
    stop: z.int().min(5).max(3600).default(30).meta({ description: "Seconds to finish requests in." }),
    env: z.record(variable, z.string()).default({}).meta({ description: "Variables that anybody may read." }),
    secretEnv: z
      .record(variable, secretKey)
      .default({})
      .meta({ description: "Variables from Kubernetes Secrets: of the database, of the cache." }),
    secretsAsEnv: z
      .array(label)
      .default([])
      .meta({ description: "Kubernetes Secrets all of whose keys are variables." }),
    pullSecret: label.optional().meta({ description: "Kubernetes Secret of type registry, for a private image." }),
    exposed: exposure.optional().meta({ description: "Reach it from outside. Absent: within the cluster only." }),
    alsoAt: z.array(hostname).default([]).meta({ description: "More host names of it, under the same certificate." }),
    annotations: z
      .record(labelKey, z.string())
      .default({})
      .meta({ description: "Of its Ingress, such as the controller's own settings." }),
    nodeSelector: z.record(labelKey, labelValue).default({}).meta({ description: "Labels of nodes that it runs on." }),
    deployer: z.boolean().default(false).meta({
      description:
        "An account <name>-deployer that may restart it and see how that goes, nothing else; its token is in the Secret of that name.",
    }),
  })
  .superRefine(({ replicas, autoscale: scale, exposed, alsoAt, env, secretEnv }, context) => {
    const report = (path: readonly (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path: [...path], message });
    if (scale !== undefined && scale.max <= replicas)
      report(
        ["autoscale", "max"],
        `${scale.max} is no more than replicas, ${replicas} → raise it, or remove autoscale`,
      );
    if (alsoAt.length > 0 && exposed === undefined)
      report(["alsoAt"], "it is not exposed at all → add exposed, with the first host name");
    if (alsoAt.length > 0 && exposed?.ingressClass === "tailscale")
      report(["alsoAt"], "a device of the tailnet has one name → remove alsoAt");
    for (const name of Object.keys(secretEnv).filter((each) => Object.hasOwn(env, each)))
      report(["secretEnv", name], `${name} is in env too → remove one of them`);
  });
export type App = z.output<typeof appOptions>;
