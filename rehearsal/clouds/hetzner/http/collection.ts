import type { Hono } from "hono";
import { ServiceError } from "../../../model.ts";
import type { Env } from "../../http/door.ts";
import type { Reference } from "./actions.ts";
import { type Api, bodyOf, type Call, idIn, perform } from "./api.ts";
import { listed } from "./lists.ts";

export type App = Hono<{ Bindings: Env }>;

/** An action that a request can start on one thing: `POST /{plural}/{id}/actions/{verb}`. */
export interface Verb {
  /** What the action is called; the verb itself unless told. */
  readonly command?: string;
  /** The kind of thing beside the first that it concerns, and the field of the body that names it. */
  readonly with?: readonly [Reference["type"], string];
  readonly effect: (id: number, body: unknown) => void;
  /** Fields of the answer beside `action`. */
  readonly answer?: Readonly<Record<string, unknown>>;
}

export interface Collection<Row extends object> {
  readonly type: Reference["type"];
  /** The path, and the field of an answer that holds many. */
  readonly plural: string;
  readonly sortable: readonly string[];
  /** Query parameters beside `name` that name a field. */
  readonly filters?: readonly string[];
  list(): readonly Row[];
  get(id: number): Row;
  update?(id: number, body: unknown): Row;
  readonly verbs?: Readonly<Record<string, Verb>>;
}

export const byName = ["id", "name", "created"];
const actionFields = ["id", "command", "status", "started", "finished"];

/** Other things that a request's body names, when it does so rightly; the model refuses what it names wrongly. */
function concerned(verb: Verb, body: unknown): Reference[] {
  if (verb.with === undefined || typeof body !== "object" || body === null) return [];
  const [type, field] = verb.with;
  const id = (body as Record<string, unknown>)[field];
  return typeof id === "number" ? [{ id, type }] : [];
}

/** What every kind of thing can be asked for: lists of them, one of them, and their actions. */
export function serveCollection<Row extends object>(app: App, api: Api, collection: Collection<Row>): void {
  const { plural, type, sortable, filters = [] } = collection;
  const path = `/${plural}`;
  const actionsOf = (id?: number) =>
    api.actions
      .list()
      .filter(({ resources }) => resources.some((one) => one.type === type && (id === undefined || one.id === id)));
  const findAction = (c: Call, id?: number) => {
    const wanted = idIn(c, "action");
    const action = actionsOf(id).find((row) => row.id === wanted);
    if (action === undefined) throw new ServiceError("not_found", `action with ID '${wanted}' not found`);
    return action;
  };
  const actionListing = { plural: "actions", sortable: actionFields, filters: ["id", "status"] };

  app.get(path, (c) => listed(c, collection.list(), { plural, sortable, filters: ["name", ...filters] }));
  app.get(`${path}/actions`, (c) => listed(c, actionsOf(), actionListing));
  app.get(`${path}/actions/:action`, (c) => c.json({ action: findAction(c) }));
  app.get(`${path}/:id`, (c) => c.json({ [type]: collection.get(idIn(c)) }));
  app.get(`${path}/:id/actions`, (c) => listed(c, actionsOf(idIn(c)), actionListing));
  app.get(`${path}/:id/actions/:action`, (c) => c.json({ action: findAction(c, idIn(c)) }));
  const { update, verbs } = collection;
  if (update !== undefined) app.put(`${path}/:id`, async (c) => c.json({ [type]: update(idIn(c), await bodyOf(c)) }));
  for (const [name, verb] of Object.entries(verbs ?? {})) {
    app.post(`${path}/:id/actions/${name}`, async (c) => {
      const id = idIn(c);
      const body = await bodyOf(c);
      collection.get(id);
      const action = perform(api, c, {
        command: verb.command ?? name,
        resources: [{ id, type }, ...concerned(verb, body)],
        effect: () => verb.effect(id, body),
      });
      return c.json({ action, ...verb.answer }, 201);
    });
  }
}
