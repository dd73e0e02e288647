/** One thing in a drawing. Lines are plain text: whatever a person chose may stand in them. */
export interface Box {
  /** Unique in its drawing, groups included. */
  readonly id: string;
  readonly lines: readonly string[];
  /** `round`: somebody or something that is no part of the stage. */
  readonly shape?: "round";
}

/** Things that lie in one place: a network, a pool, a machine with others inside. */
export interface Group {
  readonly id: string;
  readonly title: string;
  readonly members: readonly Member[];
}

export type Member = Box | Group;

export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  /** A name that leads there, rather than traffic. */
  readonly dotted?: boolean;
}

export interface Drawing {
  /** Arrows go down, or to the right. */
  readonly direction: "TB" | "LR";
  readonly members: readonly Member[];
  readonly arrows: readonly Arrow[];
}

const isGroup = (member: Member): member is Group => "members" in member;

/** All boxes of a drawing, those in groups too. */
export const boxesOf = (members: readonly Member[]): readonly Box[] =>
  members.flatMap((member) => (isGroup(member) ? boxesOf(member.members) : [member]));

const groupsOf = (members: readonly Member[]): readonly Group[] =>
  members.flatMap((member) => (isGroup(member) ? [member, ...groupsOf(member.members)] : []));

/**
 * A drawing as a flowchart of Mermaid, which GitHub and most editors show. Source of the syntax:
 * mermaid.js.org/syntax/flowchart.html
 * @throws Error when two things have one id, or when an arrow leads to nothing.
 */
export function mermaid({ direction, members, arrows }: Drawing): string {
  const ids = [...boxesOf(members), ...groupsOf(members)].map(({ id }) => id);
  const numbers = new Map(ids.map((id, index) => [id, `n${index + 1}`]));
  if (numbers.size < ids.length)
    throw new Error(`two things of a drawing are called ${ids.find((id, index) => ids.indexOf(id) !== index)}`);
  const place = (id: string): string => {
    const number = numbers.get(id);
    if (number === undefined) throw new Error(`an arrow leads to ${id}, which is not in the drawing`);
    return number;
  };
  const draw = (member: Member, indent: string): readonly string[] => {
    if (!isGroup(member)) return [`${indent}${place(member.id)}${shaped(member)}`];
    return [
      `${indent}subgraph ${place(member.id)}[${quoted([member.title])}]`,
      ...member.members.flatMap((each) => draw(each, `${indent}  `)),
      `${indent}end`,
    ];
  };
  return [
    `flowchart ${direction}`,
    ...members.flatMap((member) => draw(member, "  ")),
    ...arrows.map(({ from, to, label, dotted }) => {
      const line = dotted === true ? "-.->" : "-->";
      return `  ${place(from)} ${line}${label === undefined ? "" : `|${quoted([label])}|`} ${place(to)}`;
    }),
  ].join("\n");
}

const shaped = ({ lines, shape }: Box): string => (shape === "round" ? `([${quoted(lines)}])` : `[${quoted(lines)}]`);

/** Text in quotes, in which only these characters mean something. */
const quoted = (lines: readonly string[]): string => `"${lines.map(escaped).join("<br/>")}"`;

const escaped = (text: string): string =>
  text.replace(/["#<>&`]/g, (character) => `#${character.codePointAt(0) ?? 0};`).replace(/\s+/g, " ");
