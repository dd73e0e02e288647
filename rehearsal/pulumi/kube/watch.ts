import { setTimeout as sleep } from "node:timers/promises";
import {
  ApiException,
  type KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  ListWatch,
  Watch,
} from "@kubernetes/client-node";
import { messageOf } from "../../../lib/words.ts";

export interface Watcher {
  /** What could not be done, in the order of its happening. */
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

/** Several watchers as one. */
export const together = (watchers: readonly Watcher[]): Watcher => ({
  get failures() {
    return watchers.flatMap(({ failures }) => failures);
  },
  stop: async () => {
    await Promise.all(watchers.map((watcher) => watcher.stop()));
  },
});

/** Milliseconds between two tries at one object. */
const pauses = [50, 200, 1000, 3000];

/**
 * Calls `handle` with every object of a kind, now and whenever one is added or changed. An object that is gone or was
 * changed meanwhile is no failure: the change brings the next call.
 */
export async function watchObjects<T extends KubernetesObject>(args: {
  readonly config: KubeConfig;
  /** `/api/v1/services` */
  readonly path: string;
  readonly list: () => Promise<KubernetesListObject<T>>;
  readonly handle: (object: T) => Promise<void>;
}): Promise<Watcher> {
  const { config, path, list, handle } = args;
  const failures: string[] = [];
  const abort = new AbortController();
  const watch = new ListWatch<T>(path, new Watch(config), list, false);
  const work = new Set<Promise<void>>();
  const take = (object: T): void => {
    const done = attempt(() => handle(object), abort.signal)
      .catch((error: unknown) => {
        const { namespace = "", name = "" } = object.metadata ?? {};
        if (!abort.signal.aborted) failures.push(`${path} ${namespace}/${name}: ${messageOf(error)}`);
      })
      .finally(() => work.delete(done));
    work.add(done);
  };
  watch.on("add", take);
  watch.on("update", take);
  // The list-and-watch of the library ends with an error; only an end without one it picks up again by itself.
  watch.on("error", () => {
    if (abort.signal.aborted) return;
    void sleep(200, undefined, { signal: abort.signal, ref: false }).then(
      () => watch.start(),
      () => undefined,
    );
  });
  await watch.start();
  return {
    failures,
    async stop() {
      abort.abort();
      await watch.stop();
      await Promise.all(work);
    },
  };
}

async function attempt(action: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (const pause of pauses) {
    try {
      return await action();
    } catch (error) {
      if (isStatus(error, 404)) return;
      await sleep(pause, undefined, { signal, ref: false });
    }
  }
  return action();
}

/** True for the API server's answer of that HTTP status. */
export const isStatus = (error: unknown, code: number): boolean => error instanceof ApiException && error.code === code;
