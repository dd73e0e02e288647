/**
 * What the rehearsal's engine and the models of the world say to each other.
 *
 * A model stands for one provider package. It knows the real service's documented rules and keeps its own state for as
 * long as the process lives, so that a second run finds what the first one made. It never sees Pulumi's wire format:
 * inputs reach it as plain values, secrets unwrapped, every output that it depends on already known.
 */

/** A property bag as a program writes it: plain JSON values, secrets unwrapped. */
export type Props = Readonly<Record<string, unknown>>;

/** Something that would have gone wrong on the real thing. */
export interface Finding {
  /** A stable kebab-case name of the rule, e.g. `missing-dependency`. */
  readonly rule: string;
  /** URN of the resource that has to change. */
  readonly urn: string;
  /** What goes wrong, naming both sides. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** What a model may ask of the engine while it handles one request. */
export interface Context {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly project: string;
  readonly stack: string;
  /** Virtual time at which this request starts: seconds since the run began. */
  readonly now: number;
  /** Every resource that this one waits for, directly or through others: URNs. */
  readonly dependencies: ReadonlySet<string>;
  /** The explicit provider, e.g. which cluster this is for. Absent: the package's default provider. */
  readonly provider?: { readonly urn: string; readonly inputs: Props };
  /** Reports something that would go wrong on the real service. The run goes on. */
  finding(finding: Omit<Finding, "urn">): void;
}

/** What became of a request, and how long the real service usually takes over it. */
export interface Result {
  /** The resource's outputs; the engine merges them over its inputs. */
  readonly outputs: Props;
  /** Virtual seconds. */
  readonly seconds: number;
}

export interface Created extends Result {
  readonly id: string;
}

/** A resource as the engine's state holds it. */
export interface Existing {
  readonly id: string;
  readonly inputs: Props;
  readonly outputs: Props;
}

/** One resource type. A thrown `ServiceError` fails the resource as the real service would. */
export interface ResourceModel {
  /** Inputs that cannot change in place: a changed one replaces the resource. `"*"` means every input. */
  readonly replaceOn?: readonly string[];
  /**
   * True when the real provider deletes the old one before it makes the new one, e.g. because a fixed name stays taken.
   * The program's `deleteBeforeReplace` overrules it. Absent: false.
   */
  deleteBeforeReplace?(inputs: Props): boolean;
  /** Outputs that the real provider marks secret. */
  readonly secretOutputs?: readonly string[];
  /** Inputs that the real provider's check marks secret. */
  readonly secretInputs?: readonly string[];
  /** What the real provider's check makes of the inputs: defaults filled in, one form for several. Absent: nothing. */
  check?(inputs: Props): Props;
  create(inputs: Props, context: Context): Created | Promise<Created>;
  /** Absent: the outputs follow the inputs, in one second. */
  update?(inputs: Props, old: Existing, context: Context): Result | Promise<Result>;
  /** Absent: nothing is left behind, in one second. Returns virtual seconds. */
  delete?(old: Existing, context: Context): number | Promise<number>;
  /** Looks up what exists (`Resource.get`). Throws `ServiceError` when it does not. */
  read?(id: string, inputs: Props, context: Context): Existing | Promise<Existing>;
  /** The id that `pulumi import` takes, and `read` with it. Absent: the resource's own. */
  importId?(existing: Existing): string;
}

/** A data source or other function of a provider (`getX`). */
export type FunctionModel = (args: Props, context: Context) => Props | Promise<Props>;

/** One provider package, e.g. `hcloud`. */
export interface ProviderModel {
  /** The package's name: the part of a type token before the first colon. Nested names allowed: `kubernetes`. */
  readonly name: string;
  /** The model of a type token such as `hcloud:index/server:Server`; undefined when there is none. */
  resource(type: string): ResourceModel | undefined;
  /** The model of a function token such as `hcloud:index/getServerType:getServerType`. */
  function?(token: string): FunctionModel | undefined;
  /** Findings that only the whole picture shows, asked for when a run has ended. */
  finish?(context: Pick<Context, "project" | "stack">): readonly Finding[];
}

/** A refusal by the simulated service, with the code that the real one gives. */
export class ServiceError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(`${message} (${code})`);
    this.name = "ServiceError";
    this.code = code;
  }
}
