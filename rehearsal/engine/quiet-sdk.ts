/**
 * Loaded into the program's process before the SDK's runner: leaves out what the SDK does for its own debugging only,
 * which takes longer than all else that it does. What a program registers, prints and fails with stays as it is.
 */
import { createRequire } from "node:module";
import { programRunner } from "./program-runner.ts";

const requireFromRunner = createRequire(programRunner);
const log = requireFromRunner("../../log/index.js") as { debug(): Promise<void> };
const debuggable = requireFromRunner("../../runtime/debuggable.js") as {
  debuggablePromise(promise: Promise<unknown>, context: unknown): Promise<unknown>;
  readonly debugPromiseLeaks: boolean;
};
const resource = requireFromRunner("../../resource.js") as { readonly Resource: { stackTrace(): readonly object[] } };
const state = requireFromRunner("../../runtime/state.js") as {
  getStore(): { readonly leakCandidates: Set<Promise<unknown>> };
};

// Debug lines go out one at a time, each when the one before it is answered, three for each resource: an engine drops
// them unless it was started with --debug.
const done = Promise.resolve();
log.debug = () => done;

// Where in the program each resource is made, every frame of it: an engine notes it, this one does not. The stack of an
// error is another one.
resource.Resource.stackTrace = () => [];

// Of every promise the SDK keeps where it was made, as text, for a report that only PULUMI_DEBUG_PROMISE_LEAKS asks for.
// That one is left over when the program ends is told all the same: a stack of thousands keeps count, not the texts.
if (!debuggable.debugPromiseLeaks) {
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

// The runner maps every stack back to the SDK's own sources. Stacks stay as Node gives them: what source-map-support
// would install is passed over, by the name of its function.
let prepare: unknown;
Object.defineProperty(Error, "prepareStackTrace", {
  configurable: true,
  get: () => prepare,
  set(value: unknown) {
    if ((value as { readonly name?: string } | undefined)?.name !== "prepareStackTrace") prepare = value;
  },
});
