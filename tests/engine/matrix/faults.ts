// What can go wrong between a provider and its service, whatever service that is.

export const faults = {
  "too many requests": "429, with the seconds after which to come again",
  "internal error": "500: nothing is done; of a machine, a script that fails",
  "bad gateway": "502 from what stands before the service; nothing is done",
  unavailable: "503 from what stands before the service; nothing is done",
  "gateway timeout": "504 from what stands before the service; nothing is done",
  "sold out": "the service has none of what is asked for",
  locked: "something else is at work on it",
  conflict: "409: it was changed meanwhile",
  "failed action": "the request is taken, and what it began ends badly",
  "slow action": "the request is taken, and what it began takes its time",
  "slow answer": "all is done at once, and the answer comes late",
  "dropped before": "the connection breaks before anything is done",
  "dropped after": "all is done, and the connection breaks before the answer",
  "wrong token": "401, or a key that is not let in",
  forbidden: "403: the token may not do this",
  unreachable: "connections are refused",
} as const satisfies Readonly<Record<string, string>>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as readonly FaultName[];
