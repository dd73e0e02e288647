/**
 * Loaded into the program's process before the SDK's runner: an output that the SDK makes for a resource is put together
 * when something first looks into it. Some thirty promises belong to each, and most are only ever held: of a thousand
 * servers hardly one id or URN is asked for.
 *
 * It stays the SDK's own output, made of what the SDK gave, with the same answer in it.
 */
import { createRequire } from "node:module";
import { programRunner } from "./program-runner.ts";

type Arguments = readonly unknown[];
type OutputClass = new (...args: Arguments) => object;

const sdk = createRequire(programRunner)("../../output.js") as { Output: OutputClass };

/** Where an output will be, and what it will be made of. */
interface Place {
  given: Arguments | undefined;
  output: object | undefined;
}

function outputAt(place: Place): object {
  if (place.given !== undefined) {
    place.output = Reflect.construct(Output, place.given) as object;
    place.given = undefined;
  }
  return place.output as object;
}

const { Output } = sdk;
const looks: ProxyHandler<Place> = {
  // What the SDK asks anything, to learn whether it is an output.
  get: (place, key) => (key === "__pulumiOutput" ? true : Reflect.get(outputAt(place), key)),
  set: (place, key, value) => Reflect.set(outputAt(place), key, value),
  defineProperty: (place, key, property) => Reflect.defineProperty(outputAt(place), key, property),
  deleteProperty: (place, key) => Reflect.deleteProperty(outputAt(place), key),
  has: (place, key) => Reflect.has(outputAt(place), key),
  ownKeys: (place) => Reflect.ownKeys(outputAt(place)),
  getOwnPropertyDescriptor(place, key) {
    const found = Reflect.getOwnPropertyDescriptor(outputAt(place), key);
    return found === undefined ? undefined : { ...found, configurable: true };
  },
  getPrototypeOf: () => Output.prototype as object,
};

sdk.Output = new Proxy(Output, {
  construct: (_target, given: Arguments) => new Proxy<Place>({ given, output: undefined }, looks),
});
