import type { Context } from "hono";
import { messageOf } from "../../../../lib/words.ts";
import { ServiceError } from "../../../model.ts";
import type { Env } from "../../http/door.ts";
import type { HetznerModel } from "../model.ts";
import type { Action, Actions, Reference } from "./actions.ts";

/** What the code of every endpoint works with. */
export interface Api {
  readonly model: HetznerModel;
  readonly actions: Actions;
}

export type Call = Context<{ Bindings: Env }>;

/** The number in a path. @throws ServiceError `not_found`: nothing else names a thing. */
export function idIn(c: Call, name = "id"): number {
  const text = c.req.param(name) ?? "";
  if (!/^\d{1,16}$/.test(text)) throw new ServiceError("not_found", `there is nothing with ID '${text}'`);
  return Number(text);
}

/** A request's body. @throws ServiceError `json_error` */
export async function bodyOf(c: Call): Promise<unknown> {
  const text = await c.req.text();
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ServiceError("json_error", `the request's body is no JSON: ${messageOf(error)}`);
  }
}

export interface Deed {
  readonly command: string;
  readonly resources: readonly [Reference, ...Reference[]];
  /** Throws when the request cannot be done. */
  readonly effect: () => void;
}

/** Does what a request asks for, as an action. One that is to fail has no effect. */
export function perform(api: Api, c: Call, { command, resources, effect }: Deed): Action {
  api.actions.refuseBusy(resources[0]);
  const { fault } = c.env;
  if (fault?.kind !== "failed-action") effect();
  return api.actions.start(command, resources, fault);
}
