import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fileElsewhere } from "../../commands/stack.ts";
import { readStage } from "../../commands/stage.ts";

// Whoever shares a backend names stacks with organization and project in front; their files are the same.

const root = fileURLToPath(new URL("../../", import.meta.url));

test.each([
  ["prod", undefined],
  ["organization/groundwork/prod", undefined],
  ["rack", "examples/rack/Pulumi.rack.yaml"],
  ["organization/groundwork/rack", "examples/rack/Pulumi.rack.yaml"],
  ["unknown", undefined],
])("the engine is told where the file of %s is when it does not look there", (stack, file) => {
  expect(fileElsewhere(root, stack)).toBe(file);
});

test("a stack is read whichever way it is named", () => {
  expect(readStage(root, "organization/groundwork/rack").stage).toEqual(readStage(root, "rack").stage);
});
