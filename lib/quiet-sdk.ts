/**
 * Loaded before anything that registers a resource: leaves out what the SDK does for its own debugging only, a tenth of
 * a preview. What the program registers, prints and fails with stays as it is. The SDK's own switch for its debugging,
 * PULUMI_DEBUG_PROMISE_LEAKS=1, brings all of it back.
 */
import { createRequire } from "node:module";

const requireSdk = createRequire(import.meta.url);
const log = requireSdk("@pulumi/pulumi/log/index.js") as { debug(): Promise<void> };
const debuggable = requireSdk("@pulumi/pulumi/runtime/debuggable.js") as {
  debuggablePromise(promise: Promise<unknown>, context: unknown): Promise<unknown>;
  readonly debugPromiseLeaks: boolean;
};
const state = requireSdk("@pulumi/pulumi/runtime/state.js") as {
  getStore(): { readonly leakCandidates: Set<Promise<unknown>> };
};

if (!debuggable.debugPromiseLeaks) {
  // Debug lines go out one at a time, each when the one before it is answered, three for each resource. An engine drops
  // them unless it was started with --debug, which it does not tell the program.
  const done = Promise.resolve();
  log.debug = () => done;

  // Of every promise the SDK keeps where it was made, as text. That one is left over when the program ends is told all
  // the same: a stack of thousands keeps count, not the texts.
  const { debuggablePromise } = debuggable;
  let isReported = false;
  debuggable.debuggablePromise = (promise, context) => {
    // The first call is what has the SDK count them when the program ends.
    if (!isReported) {
      isReported = true;
      return debuggablePromise(promise, context);
    }
    const { leakCandidates } = state.getStore();
    leakCandidates.add(promise);
    return promise.then(
      (value) => {
        leakCandidates.delete(promise);
        return value;
      },
      (error: unknown) => {
        leakCandidates.delete(promise);
        (error as { promise?: unknown }).promise = promise;
        throw error;
      },
    );
  };
}

// Stack traces as Node writes them. The SDK's runner has every frame of every trace looked up in source maps, several
// traces for each resource. This program needs none, as Node only strips its types and leaves each line where it is.
delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
