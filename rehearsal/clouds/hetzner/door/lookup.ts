import { z } from "zod";
import { type FunctionModel, ServiceError } from "../../../model.ts";
import { digest } from "../../shared/digest.ts";
import { readSelector } from "../../shared/labels.ts";
import { id } from "./door.ts";

/** Function token -> model. */
export type Functions = Readonly<Record<string, FunctionModel>>;

export const functionToken = (name: string): string => `hcloud:index/${name}:${name}`;

export const keyArgs = z.object({ id: id.optional(), name: z.string().optional() });
export const selectorArgs = z.object({ withSelector: z.string().optional() });
export interface Named {
  readonly id: number;
  readonly name: string | null;
  readonly labels?: Readonly<Record<string, string>>;
}

const notFound = (what: string): ServiceError => new ServiceError("not_found", `${what} not found`);

export function select<Row extends Named>(rows: readonly Row[], selector: string | undefined): Row[] {
  if (selector === undefined) return [...rows];
  const selects = readSelector(selector);
  if (selects === undefined)
    throw new ServiceError(
      "invalid_input",
      `invalid input in field 'label_selector': '${selector}' is no label selector`,
    );
  return rows.filter((row) => selects(row.labels ?? {}));
}

/** The one thing that an id, a name or a selector names. */
export function findOne<Row extends Named>(
  kind: string,
  rows: readonly Row[],
  wanted: {
    readonly id?: number | undefined;
    readonly name?: string | undefined;
    readonly selector?: string | undefined;
  },
): Row {
  const criteria = Object.entries(wanted).filter(([, value]) => value !== undefined);
  if (criteria.length === 0)
    throw new ServiceError("InvalidInput", `${kind}: one of id, name and withSelector has to be given`);
  const found = select(rows, wanted.selector).filter(
    (row) =>
      (wanted.id === undefined || row.id === wanted.id) && (wanted.name === undefined || row.name === wanted.name),
  );
  const what = `${kind} with ${criteria.map(([key, value]) => `${key} '${value}'`).join(", ")}`;
  if (found.length > 1)
    throw new ServiceError("InvalidInput", `more than one ${what}: ${found.map((row) => row.id).join(", ")}`);
  if (found[0] === undefined) throw notFound(what);
  return found[0];
}

/** The id of a list: the provider hashes the ids in it. */
export const listId = (rows: readonly { readonly id: number }[]): string =>
  digest(...rows.map((row) => row.id)).slice(0, 40);
