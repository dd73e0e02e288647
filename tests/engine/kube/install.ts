import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { KubernetesObjectApi } from "@kubernetes/client-node";
import { SecretRef, type Values } from "../../../lib/platform/release.ts";
import type { PlatformStep } from "../../../lib/platform/steps.ts";
import type { ControlPlane } from "../../../rehearsal/pulumi/kube/control-plane.ts";

const run = promisify(execFile);

export interface InstallArgs {
  readonly controlPlane: ControlPlane;
  /** Path of Helm 3. */
  readonly helm: string;
}

/**
 * Makes one step of a platform's plan with Helm and the API alone, waiting as the plan would have it waited for. The
 * value of a secret is its name with a mark.
 * @throws with Helm's own words.
 */
export async function makeStep(step: PlatformStep, { controlPlane, helm }: InstallArgs): Promise<void> {
  const objects = KubernetesObjectApi.makeApiClient(controlPlane.config);
  switch (step.kind) {
    case "namespace":
      await objects.create({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: step.name, labels: { ...step.labels } },
      });
      return;
    case "object":
      await objects.create(plain(step.manifest) as Parameters<typeof objects.create>[0]);
      return;
    case "release": {
      const { chart, repository, version } = step.chart;
      const dir = mkdtempSync(join(tmpdir(), "groundwork-values-"));
      const values = writeValues(dir, step.values);
      try {
        await run(
          helm,
          [
            ...["install", step.name, chart, "--version", version, "--namespace", step.namespace, "--values", values],
            ...(repository === undefined ? [] : ["--repo", repository]),
            ...["--wait", "--timeout", "120s", "--kubeconfig", controlPlane.kubeconfig],
          ],
          { env: helmEnvironment(dir) },
        );
      } finally {
        rmSync(dir, { recursive: true });
      }
      return;
    }
    default: {
      const unknown: never = step;
      throw new Error(`unknown kind of step: ${JSON.stringify(unknown)}`);
    }
  }
}

/** Helm's files in a directory of their own, so that a person's repositories and cache are neither used nor changed. */
export const helmEnvironment = (dir: string): NodeJS.ProcessEnv => ({
  ...process.env,
  HELM_CACHE_HOME: join(dir, "cache"),
  HELM_CONFIG_HOME: join(dir, "config"),
  HELM_DATA_HOME: join(dir, "data"),
});

/** Helm values as a file in the directory; its path. */
export function writeValues(dir: string, values: Values): string {
  const file = join(dir, "values.json");
  writeFileSync(file, JSON.stringify(plain(values)));
  return file;
}

/** JSON of a plan's values, each secret rendered as the program does it. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, part: unknown) =>
      part instanceof SecretRef ? part.render(`value-of-${part.secret}`) : part,
    ),
  );
