/**
 * Loaded into the program's process before the SDK's runner: parts of the SDK that hardly a program uses are loaded when
 * it does, and no span of a trace is kept that nobody asked for. They bring TypeScript, npm's own resolver, an inspector
 * session and OpenTelemetry, which together take longer to load than all else of the SDK.
 */
import Module, { createRequire } from "node:module";
import { programRunner } from "./program-runner.ts";

type Functions = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

const requireFromRunner = createRequire(programRunner);

function standFor(file: string, exports: Functions): void {
  const module = new Module(file);
  module.exports = { __esModule: true, ...exports };
  module.loaded = true;
  requireFromRunner.cache[file] = module;
}

/** The module's functions, each of which loads it when it is first called. */
function late(path: string, names: readonly string[], others: Functions = {}): void {
  const file = requireFromRunner.resolve(path);
  let loaded: Functions | undefined;
  const load = (): Functions => {
    delete requireFromRunner.cache[file];
    return requireFromRunner(file) as Functions;
  };
  const called =
    (name: string) =>
    (...args: readonly unknown[]): unknown => {
      loaded ??= load();
      return loaded[name]?.(...args);
    };
  standFor(file, { ...Object.fromEntries(names.map((name) => [name, called(name)])), ...others });
}

const none = (): undefined => undefined;

// Functions as text, for dynamic providers and serverless code.
late("../../runtime/closure/serializeClosure.js", ["serializeFunction", "serializeFunctionAsync"]);
late("../../runtime/closure/codePaths.js", ["computeCodePaths"]);
// The inspector tells of every script that there is once it is asked, and is asked only for those.
late("../../runtime/closure/v8Hooks.js", ["getSessionAsync", "getScriptUrl"], { isInitializedAsync: none });

// A rehearsal is started without an address that traces go to: every span is one that keeps nothing.
const { trace, INVALID_SPAN_CONTEXT } = requireFromRunner("@opentelemetry/api") as {
  readonly trace: { wrapSpanContext(context: unknown): unknown };
  readonly INVALID_SPAN_CONTEXT: unknown;
};
standFor(requireFromRunner.resolve("./tracing.js"), {
  newSpan: () => trace.wrapSpanContext(INVALID_SPAN_CONTEXT),
  start: none,
  stop: none,
});
