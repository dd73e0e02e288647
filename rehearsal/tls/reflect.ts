/**
 * The three functions of the `Reflect` metadata proposal that tsyringe, on which @peculiar/x509 stands, insists on
 * having before it is loaded. Nothing is there to be reflected on: its classes are registered by hand.
 */
const store = new WeakMap<object, Map<unknown, unknown>>();

const metadata = {
  defineMetadata(key: unknown, value: unknown, target: object): void {
    const entries = store.get(target) ?? new Map<unknown, unknown>();
    store.set(target, entries.set(key, value));
  },
  getOwnMetadata: (key: unknown, target: object): unknown => store.get(target)?.get(key),
  getMetadata(key: unknown, target: object | null): unknown {
    for (let at = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
      const value = store.get(at)?.get(key);
      if (value !== undefined) return value;
    }
    return undefined;
  },
};

if (!("getMetadata" in Reflect)) Object.assign(Reflect, metadata);
