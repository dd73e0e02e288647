import { expect, test } from "vitest";
import { destroy } from "../../../rehearsal/engine/run.ts";
import { emptyState, type State } from "../../../rehearsal/engine/state.ts";
import type { Props, ProviderModel } from "../../../rehearsal/model.ts";
import { runToy } from "./program.ts";

/** What a command's script leaves in the world: the order in which the scripts ran, with what they saw. */
function commands(log: string[]): ProviderModel[] {
  const environment = ({ environment }: Props) =>
    environment as { readonly SIZE?: string; readonly IMAGE?: string } | undefined;
  let made = 0;
  return [
    {
      name: "command",
      resource: () => ({
        replaceOn: ["triggers"],
        create(inputs, { name }) {
          made += 1;
          log.push(
            `${String(inputs.create)} ${name} ${environment(inputs)?.SIZE ?? ""}${environment(inputs)?.IMAGE ?? ""}`.trim(),
          );
          return { id: `${name}-${made}`, outputs: {}, seconds: 10 };
        },
        update(inputs, _, { name }) {
          log.push(`${String(inputs.update ?? inputs.create)} ${name} ${environment(inputs)?.SIZE ?? ""}`);
          return { outputs: {}, seconds: 2 };
        },
        delete({ inputs }, { name }) {
          log.push(`${String(inputs.delete)} ${name}`);
          return 5;
        },
      }),
    },
  ];
}

test("a program's nodes change one at a time, as they do under the real engine", async () => {
  const log: string[] = [];
  const models = commands(log);
  let state: State = emptyState;
  const up = async (config: Readonly<Record<string, string>>) => {
    log.length = 0;
    const { recording, state: next } = await runToy("rolling.ts", config, { models, state });
    expect(recording.failure).toBe(undefined);
    state = next;
    return [...log];
  };
  const created = await up({ gen: "1", chain: "false" });
  expect(created.toSorted()).toEqual([
    "create anchor",
    "create node0 sa",
    "create node1 sa",
    "create node2 sa",
    "ready ready0 s",
    "ready ready1 s",
    "ready ready2 s",
  ]);
  expect(await up({ gen: "1", chain: "true", image: "b" })).toEqual([]);
  expect(await up({ gen: "2", chain: "true", image: "b" })).toEqual(
    ["0", "1", "2"].flatMap((n) => [`drain ready${n}`, `delete node${n}`, `create node${n} sb`, `ready ready${n} s`]),
  );
  expect(await up({ gen: "2", chain: "true", image: "b", size: "l" })).toEqual(
    ["0", "1", "2"].flatMap((n) => [`resize node${n} l`, `ready ready${n} l`]),
  );
  const wide = { gen: "2", chain: "true", image: "b", size: "l", n: "5" };
  expect(await up(wide)).toEqual(["3", "4"].flatMap((n) => [`create node${n} lb`, `ready ready${n} l`]));
  expect(await up({ ...wide, n: "3" })).toEqual(["4", "3"].flatMap((n) => [`drain ready${n}`, `delete node${n}`]));
  log.length = 0;
  const { recording, state: gone } = await destroy({ project: "toys", stack: "test", models, state });
  expect(recording.succeeded).toBe(true);
  expect(log).toEqual(["delete node2", "delete node1", "delete node0", "delete anchor"]);
  expect(gone).toEqual(emptyState);
}, 60_000);
