import { z } from "zod";
import { type Source, shuffled } from "./source.ts";

// Source: hashicorp/terraform-provider-random, internal/random/string.go.
const digits = "0123456789";
const lowerCase = "abcdefghijklmnopqrstuvwxyz";
const upperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const punctuation = "!@#$%&*()-_=+[]{}<>:?";

const count = z.number().int().min(0).default(0);

export const textInputs = z
  .object({
    keepers: z.record(z.string(), z.string()).optional(),
    length: z.number().int().min(1),
    lower: z.boolean().default(true),
    minLower: count,
    minNumeric: count,
    minSpecial: count,
    minUpper: count,
    number: z.boolean().optional(),
    numeric: z.boolean().optional(),
    overrideSpecial: z.string().optional(),
    special: z.boolean().default(true),
    upper: z.boolean().default(true),
  })
  .superRefine((value, context) => {
    const minimum = value.minLower + value.minNumeric + value.minSpecial + value.minUpper;
    if (value.length < minimum) {
      context.addIssue({
        code: "custom",
        path: ["length"],
        message: `must be at least the sum of minUpper, minLower, minNumeric and minSpecial (${minimum}), got ${value.length}`,
      });
    }
    if (value.number !== undefined && value.numeric !== undefined && value.number !== value.numeric) {
      context.addIssue({
        code: "custom",
        path: ["number"],
        message: `number is ${value.number} and numeric is ${value.numeric}: use numeric alone, number is deprecated`,
      });
    }
    if (!value.upper && !value.lower && !value.special && !(value.numeric ?? value.number ?? true)) {
      context.addIssue({ code: "custom", path: ["special"], message: "the character set specified is empty" });
    }
  })
  .transform((value) => {
    const numeric = value.numeric ?? value.number ?? true;
    return { ...value, numeric, number: numeric };
  });

export type TextInputs = z.output<typeof textInputs>;

/** A text of the asked length that holds every asked minimum. The least of a class holds even if the class is off. */
export function randomText(inputs: TextInputs, source: Source): string {
  const special = inputs.overrideSpecial || punctuation;
  const alphabet = [
    inputs.upper ? upperCase : "",
    inputs.lower ? lowerCase : "",
    inputs.numeric ? digits : "",
    inputs.special ? special : "",
  ].join("");
  const pick = (from: string, times: number): string[] => {
    const runes = [...from];
    return Array.from({ length: times }, () => runes[source.below(runes.length)] ?? "");
  };
  const required = [
    ...pick(digits, inputs.minNumeric),
    ...pick(lowerCase, inputs.minLower),
    ...pick(upperCase, inputs.minUpper),
    ...pick(special, inputs.minSpecial),
  ];
  return shuffled([...required, ...pick(alphabet, inputs.length - required.length)], source).join("");
}
