/** Functions as text and the files that go with a program, as dynamic providers and serverless code ask the SDK for. */
import * as pulumi from "@pulumi/pulumi";

const greeting = "hello";
const serialized = await pulumi.runtime.serializeFunction((name: string) => `${greeting}, ${name}`);

export const text = serialized.text;
export const exportName = serialized.exportName;
export const paths = [...(await pulumi.runtime.computeCodePaths()).keys()].length > 0;
