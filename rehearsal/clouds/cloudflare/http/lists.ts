import type { Context } from "hono";
import { ServiceError } from "../../../model.ts";
import { accepted } from "./envelope.ts";

type Row = Readonly<Record<string, unknown>>;
type Test = (row: Row) => boolean;

export interface Listing {
  /** Fields that are searched as text: `name`, `name.exact`, `name.contains`, ... */
  readonly texts: readonly string[];
  /** Fields that are equal or not. */
  readonly exact: readonly string[];
  readonly perPage: number;
  readonly maxPerPage: number;
}

const operators: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  exact: (value, wanted) => value === wanted,
  contains: (value, wanted) => value.includes(wanted),
  startswith: (value, wanted) => value.startsWith(wanted),
  endswith: (value, wanted) => value.endsWith(wanted),
};

const plain = (value: unknown): string => String(value ?? "").toLowerCase();

function tests(c: Context, { texts, exact }: Listing): Test[] {
  const query = c.req.query();
  const found: Test[] = [];
  for (const [key, wanted] of Object.entries(query)) {
    const [field = "", operator = "exact"] = key.split(".");
    if (exact.includes(key)) found.push((row) => plain(row[key]) === wanted.toLowerCase());
    const compare = operators[operator];
    if (!texts.includes(field)) continue;
    if (operator === "present") found.push((row) => plain(row[field]) !== "");
    else if (operator === "absent") found.push((row) => plain(row[field]) === "");
    else if (compare !== undefined) found.push((row) => compare(plain(row[field]), wanted.toLowerCase()));
  }
  return found;
}

function count(c: Context, name: string, usual: number, most = Number.MAX_SAFE_INTEGER): number {
  const text = c.req.query(name);
  if (text === undefined || text === "") return usual;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most)
    throw new ServiceError("1004", `${name} must be an integer from 1 to ${most}, not '${text}'`);
  return number;
}

/** One page of what a request asks for. */
export function listed<Item extends object>(c: Context, items: readonly Item[], listing: Listing): Response {
  const wanted = tests(c, listing);
  const any = c.req.query("match") === "any" && wanted.length > 0;
  const rows = (items as readonly (Item & Row)[]).filter((row) =>
    any ? wanted.some((test) => test(row)) : wanted.every((test) => test(row)),
  );
  const order = c.req.query("order");
  const sign = c.req.query("direction") === "desc" ? -1 : 1;
  const sorted =
    order === undefined
      ? rows
      : rows.toSorted((a, b) => sign * plain(a[order]).localeCompare(plain(b[order]), "en", { numeric: true }));
  const page = count(c, "page", 1);
  const perPage = count(c, "per_page", listing.perPage, listing.maxPerPage);
  const shown = sorted.slice((page - 1) * perPage, page * perPage);
  const result_info = {
    page,
    per_page: perPage,
    count: shown.length,
    total_count: sorted.length,
    total_pages: Math.ceil(sorted.length / perPage),
  };
  return c.json({ ...accepted(shown), result_info });
}
