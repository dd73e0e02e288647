/** A service's running numbers: `first`, `first + 1`, ... */
export function createCounter(first: number): () => number {
  let next = first;
  return () => next++;
}
