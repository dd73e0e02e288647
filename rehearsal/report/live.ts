import type { Observer } from "../engine/events.ts";
import type { Style } from "./style.ts";
import { describe, renderTree, Tree } from "./tree.ts";

/** Where progress is shown. */
export interface Screen {
  write(text: string): void;
  /** A terminal, which can be drawn over. Otherwise every resource is a line. */
  readonly isTerminal: boolean;
  /** Lines that the terminal shows. */
  readonly rows: number;
  readonly style: Style;
}

export interface Live {
  readonly observe: Observer;
  /** Puts the whole tree in the place of what was drawn so far. */
  end(): void;
}

/** Not oftener than this, in milliseconds: drawing must not slow the rehearsal down. */
const drawingInterval = 100;

export function showLive(screen: Screen): Live {
  return screen.isTerminal ? drawTree(screen) : printLines(screen);
}

function drawTree({ write, rows, style }: Screen): Live {
  const tree = new Tree();
  let drawn = 0;
  let drawnAt = 0;
  const draw = (height: number) => {
    const lines = renderTree(tree, { style, height });
    // Up to the first line drawn, and clear from there on.
    const over = drawn === 0 ? "" : `\u001b[${drawn}A\u001b[J`;
    write(`${over}${lines.map((line) => `${line}\n`).join("")}`);
    drawn = lines.length;
  };
  return {
    observe(event) {
      if (event.kind === "registered") tree.add(event);
      else if (event.kind === "step") tree.addStep(event.step);
      const now = Date.now();
      if (now - drawnAt < drawingInterval) return;
      drawnAt = now;
      draw(Math.max(1, rows - 2));
    },
    end: () => draw(Number.POSITIVE_INFINITY),
  };
}

function printLines({ write, style }: Screen): Live {
  return {
    observe(event) {
      if (event.kind !== "step" || event.step.operation === "same") return;
      const { urn } = event.step;
      write(`${describe({ urn, custom: true, children: [], steps: [event.step] }, style)}\n`);
    },
    end() {},
  };
}
