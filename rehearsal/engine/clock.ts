/** When operations happen, in virtual seconds. Nothing waits for a free worker: only for what it depends on. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** URN whose end this start is; absent at the beginning of the run. */
  readonly after?: string;
}

/** A moment, and the resource whose end it is. */
export interface Moment {
  readonly at: number;
  readonly after?: string;
}

export const beginning: Moment = { at: 0 };

export class Clock {
  readonly #spans = new Map<string, Span>();
  readonly #components = new Set<string>();
  #latest: Moment = beginning;

  /** The end of the latest of `urns`, or the start of the component `parent` when that is later. */
  startOf(urns: Iterable<string>, parent: string | undefined): Moment {
    let latest = parent === undefined ? beginning : this.#readyAt(parent);
    for (const urn of urns) {
      const span = this.#spans.get(urn);
      if (span !== undefined && span.end > latest.at) latest = { at: span.end, after: urn };
    }
    return latest;
  }

  /** A child follows its component's start, but a custom resource's end. */
  #readyAt(parent: string): Moment {
    const span = this.#spans.get(parent);
    if (span === undefined) return beginning;
    if (!this.#components.has(parent)) return { at: span.end, after: parent };
    return span.after === undefined ? { at: span.start } : { at: span.start, after: span.after };
  }

  record(urn: string, start: Moment, seconds: number): Span {
    const end = start.at + seconds;
    const span = { start: start.at, end, ...(start.after === undefined ? {} : { after: start.after }) };
    this.#spans.set(urn, span);
    if (end > this.#latest.at) this.#latest = { at: end, after: urn };
    return span;
  }

  recordComponent(urn: string, start: Moment): Span {
    this.#components.add(urn);
    return this.record(urn, start, 0);
  }

  /** The end of the last operation so far. */
  get latest(): Moment {
    return this.#latest;
  }
}
