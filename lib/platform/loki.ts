import type { PlatformContext } from "./release.ts";

export const lokiNamespace = "loki";

/** Where the stage's own Loki is asked and written to, within the cluster; undefined when it is off. */
export const lokiUrl = ({ releases }: PlatformContext): string | undefined =>
  releases.has("loki") ? `http://loki.${lokiNamespace}.svc:3100` : undefined;
