import { isRecord } from "../record.ts";
import type { Props } from "./state.ts";

/** APIs that are asked over HTTP, by the package of their provider. */
export type Service = "hcloud" | "cloudflare" | "proxmoxve";

/** A thing that is there. */
export interface Found {
  /** What `pulumi import` takes. */
  readonly importId: string;
  /** Its id in the state, where that is another one. */
  readonly id?: string;
  /** As its service shows it to a person, such as `server 4711`. */
  readonly what: string;
  /** Why not to take it over: it is somebody else's, or half made. */
  readonly objection?: string;
}

/** How to find out whether something exists. */
export type Lookup =
  | {
      readonly kind: "ask";
      readonly service: Service;
      /** Below the API's address, with its query. An answer of 404 means that it is not there. */
      readonly path: string;
      /** @param answer the body, from JSON */
      find(answer: unknown): Found | undefined;
    }
  | {
      readonly kind: "object";
      readonly apiVersion: string;
      readonly object: string;
      readonly namespace?: string;
      readonly name: string;
    }
  | { readonly kind: "release"; readonly namespace: string; readonly name: string }
  /** To make it again does no harm. */
  | { readonly kind: "anew"; readonly why: string }
  /** It may be there, cannot be taken over and does no harm. */
  | { readonly kind: "lost"; readonly why: string }
  /** It cannot be there: what it is part of is not known yet. */
  | { readonly kind: "absent" }
  | { readonly kind: "unknown"; readonly why: string };

/** A text or number of a property bag as text; undefined when it is absent. */
export function text(props: Props, key: string): string | undefined {
  const value = props[key];
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

export const record = (value: unknown): Props => (isRecord(value) ? value : {});

export const records = (value: unknown): readonly Props[] => (Array.isArray(value) ? value.map(record) : []);
