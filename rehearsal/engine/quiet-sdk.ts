/** Loaded into the program's process before the SDK's runner: nothing is done for a debugging that nobody asked for. */
import { createRequire } from "node:module";
import "../../lib/quiet-sdk.ts";
import { programRunner } from "./program-runner.ts";

const requireFromRunner = createRequire(programRunner);
const resource = requireFromRunner("../../resource.js") as { readonly Resource: { stackTrace(): readonly object[] } };

// Where in the program each resource is made, every frame of it: an engine notes it, this one does not. The stack of an
// error is another one.
resource.Resource.stackTrace = () => [];

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
