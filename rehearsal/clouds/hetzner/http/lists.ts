import type { Context } from "hono";
import { ServiceError } from "../../../model.ts";
import { readSelector } from "../../shared/labels.ts";

/** How one endpoint that lists things can be asked. */
export interface Listing {
  /** The field of the answer that holds the things. */
  readonly plural: string;
  readonly sortable: readonly string[];
  /** Query parameters that name a field of the thing; each can be given more than once. */
  readonly filters: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

const invalid = (field: string, fault: string): ServiceError =>
  new ServiceError("invalid_input", `invalid input in field '${field}': ${fault}`);

// docs.hetzner.cloud, "Pagination"
const defaultPerPage = 25;
const maxPerPage = 50;

function count(c: Context, name: string, usual: number): number {
  const text = c.req.query(name);
  if (text === undefined || text === "") return usual;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw invalid(name, `'${text}' is no positive integer`);
  return number;
}

function selected(c: Context, rows: readonly Row[]): readonly Row[] {
  const selector = c.req.query("label_selector");
  if (selector === undefined || selector === "") return rows;
  const selects = readSelector(selector);
  if (selects === undefined) throw invalid("label_selector", `'${selector}' is no label selector`);
  return rows.filter((row) => selects((row.labels ?? {}) as Record<string, string>));
}

function filtered(c: Context, rows: readonly Row[], filters: readonly string[]): readonly Row[] {
  return filters.reduce((left, field) => {
    const wanted = (c.req.queries(field) ?? []).filter((value) => value !== "");
    return wanted.length === 0 ? left : left.filter((row) => wanted.includes(String(row[field])));
  }, rows);
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = [String(a ?? ""), String(b ?? "")];
  return left < right ? -1 : left > right ? 1 : 0;
}

function sorted(c: Context, rows: readonly Row[], sortable: readonly string[]): readonly Row[] {
  const keys = (c.req.queries("sort") ?? []).map((text) => {
    const [field = "", direction = "asc"] = text.split(":");
    if (!sortable.includes(field) || (direction !== "asc" && direction !== "desc"))
      throw invalid("sort", `'${text}' is no order; there are ${sortable.join(", ")}, each with :asc or :desc`);
    return { field, sign: direction === "asc" ? 1 : -1 };
  });
  return rows.toSorted((a, b) => {
    for (const { field, sign } of keys) {
      const order = compare(a[field], b[field]);
      if (order !== 0) return order * sign;
    }
    return 0;
  });
}

function links(c: Context, pages: { readonly rel: string; readonly page: number | null }[]): string {
  return pages
    .flatMap(({ rel, page }) => {
      if (page === null) return [];
      const url = new URL(c.req.url);
      url.searchParams.set("page", String(page));
      return [`<${url.href}>; rel="${rel}"`];
    })
    .join(", ");
}

/** One page of what a request asks for: selected, filtered, sorted. @throws ServiceError `invalid_input` */
export function listed<Item extends object>(c: Context, items: readonly Item[], listing: Listing): Response {
  const rows = items as readonly (Item & Row)[];
  const all = sorted(c, filtered(c, selected(c, rows), listing.filters), listing.sortable);
  const page = count(c, "page", 1);
  const perPage = Math.min(count(c, "per_page", defaultPerPage), maxPerPage);
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const previous = page > 1 ? page - 1 : null;
  const next = page < last ? page + 1 : null;
  c.header(
    "Link",
    links(c, [
      { rel: "prev", page: previous },
      { rel: "next", page: next },
      { rel: "last", page: last },
    ]),
  );
  return c.json({
    [listing.plural]: all.slice((page - 1) * perPage, page * perPage),
    meta: {
      pagination: {
        page,
        per_page: perPage,
        previous_page: previous,
        next_page: next,
        last_page: last,
        total_entries: all.length,
      },
    },
  });
}
