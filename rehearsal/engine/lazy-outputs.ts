/**
 * Loaded into the program's process before the SDK's runner: a resource's output is made when something first asks for
 * it. The SDK makes every one of them beforehand, some thirty promises each, for a server forty, of which a program
 * uses two: in a stack of thousands that is most of the memory and much of the time.
 *
 * It stays the SDK's own function that makes an output, with the same answer in it.
 */
import { createRequire } from "node:module";
import { programRunner } from "./program-runner.ts";

/** How the SDK hands an output its value, or the error that there is instead. */
type Resolver = (...answer: readonly unknown[]) => void;
type Resolvers = Record<string, Resolver>;

const rpc = createRequire(programRunner)("../../runtime/rpc.js") as {
  transferProperties(resource: object, label: string, properties: Readonly<Record<string, unknown>>): Resolvers;
};

/** What is known of the outputs of a resource that nobody has asked for. */
interface Unmade {
  readonly label: string;
  readonly answers: Map<string, readonly unknown[]>;
  readonly resolvers: Map<string, Resolver>;
}

const unmade = new WeakMap<object, Unmade>();
const { transferProperties } = rpc;

function make(resource: object, key: string): void {
  const known = unmade.get(resource);
  if (known === undefined || !Reflect.deleteProperty(resource, key)) return;
  const resolver = transferProperties(resource, known.label, { [key]: undefined })[key];
  if (resolver === undefined) return;
  const answer = known.answers.get(key);
  if (answer === undefined) known.resolvers.set(key, resolver);
  else resolver(...answer);
  known.answers.delete(key);
}

// One accessor for each name, not for each resource: so resources of one type keep one shape.
const accessors = new Map<string, PropertyDescriptor>();

function accessor(key: string): PropertyDescriptor {
  const there = accessors.get(key);
  if (there !== undefined) return there;
  const made: PropertyDescriptor = {
    configurable: true,
    enumerable: true,
    get(this: object) {
      make(this, key);
      return Reflect.get(this, key) as unknown;
    },
    set(this: object, value: unknown) {
      Object.defineProperty(this, key, { configurable: true, enumerable: true, writable: true, value });
    },
  };
  accessors.set(key, made);
  return made;
}

rpc.transferProperties = (resource, label, properties) => {
  const keys = Object.keys(properties).filter((key) => key !== "id" && key !== "urn");
  // The SDK's own error for a property that is there already.
  if (keys.some((key) => Object.hasOwn(resource, key))) return transferProperties(resource, label, properties);
  const known: Unmade = { label, answers: new Map(), resolvers: new Map() };
  unmade.set(resource, known);
  const resolvers: Resolvers = {};
  for (const key of keys) {
    Object.defineProperty(resource, key, accessor(key));
    resolvers[key] = (...answer) => {
      const resolver = known.resolvers.get(key);
      if (resolver === undefined) known.answers.set(key, answer);
      else resolver(...answer);
    };
  }
  return resolvers;
};
