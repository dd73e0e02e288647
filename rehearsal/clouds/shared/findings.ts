import type { Context } from "../../model.ts";

/** Remembers which resource of the program made which thing of the service, by a key of the door's choosing. */
export interface Makers {
  made(key: string, urn: string): void;
  gone(key: string): void;
  urnOf(key: string): string | undefined;
  /**
   * Reports `missing-dependency` when the maker of `key` is known and the resource in hand does not wait for it:
   * it only happened to come first.
   */
  expect(context: Context, args: { readonly key: string; readonly message: string; readonly remedy: string }): void;
}

export function createMakers(): Makers {
  const urns = new Map<string, string>();
  return {
    made: (key, urn) => void urns.set(key, urn),
    gone: (key) => void urns.delete(key),
    urnOf: (key) => urns.get(key),
    expect(context, { key, message, remedy }) {
      const urn = urns.get(key);
      if (urn === undefined || urn === context.urn || context.dependencies.has(urn)) return;
      context.finding({ rule: "missing-dependency", message, remedy: remedy.replaceAll("{urn}", urn) });
    },
  };
}
