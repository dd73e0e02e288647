import { expect, test } from "vitest";
import { answerTo } from "../../rehearsal/hosts/names.ts";

// What the real engine finds in a network of its own when it looks up a stack's endpoint.

const names = new Map([["k8s.example.com", ["10.0.40.101", "10.0.40.102"]]]);

/** A question as RFC 1035 has it, with recursion desired. */
function question(name: string, type: number): Buffer {
  const labels = name.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  return Buffer.concat([
    Buffer.from([0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]),
    ...labels,
    Buffer.from([0, 0, type, 0, 1]),
  ]);
}

/** Header fields and addresses of an answer. */
function read(answer: Buffer | undefined) {
  if (answer === undefined) return undefined;
  const count = answer.readUInt16BE(6);
  const records = answer.subarray(answer.length - count * 16);
  return {
    id: answer.readUInt16BE(0),
    code: answer.readUInt16BE(2) & 0xf,
    addresses: Array.from({ length: count }, (_, index) =>
      [...records.subarray(index * 16 + 12, index * 16 + 16)].join("."),
    ),
  };
}

test("a name has its addresses, in whatever case it is asked for; another one does not exist", () => {
  expect(read(answerTo(question("K8S.example.com", 1), names))).toEqual({
    id: 0x1234,
    code: 0,
    addresses: ["10.0.40.101", "10.0.40.102"],
  });
  expect(read(answerTo(question("www.example.com", 1), names))).toEqual({ id: 0x1234, code: 3, addresses: [] });
});

test("a name that is there has no IPv6 address, which is not to say that it does not exist", () => {
  expect(read(answerTo(question("k8s.example.com", 28), names))).toEqual({ id: 0x1234, code: 0, addresses: [] });
});

test("what is no question is not answered", () => {
  const whole = question("k8s.example.com", 1);
  expect([whole.subarray(0, 20), Buffer.from("hello"), Buffer.alloc(40)].map((each) => answerTo(each, names))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
