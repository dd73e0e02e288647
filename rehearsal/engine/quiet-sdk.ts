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

// Debug lines go out one at a time, each when the one before it is answered, three for each resource: an engine drops
// them unless it was started with --debug.
const done = Promise.resolve();
log.debug = () => done;

// The stack of every promise is kept, as text, for a report that only PULUMI_DEBUG_PROMISE_LEAKS asks for.
if (!debuggable.debugPromiseLeaks) {
  const { debuggablePromise } = debuggable;
  debuggable.debuggablePromise = (promise, context) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = limit;
    }
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
