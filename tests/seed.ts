import fc from "fast-check";

/**
 * Property tests try the same cases in every run, so that a change is judged by what it changes. New cases are tried
 * by the workflow `nightly`, or by hand: `PROPERTY_SEED=random npm test`; a failure names its seed.
 */
const { PROPERTY_SEED: wanted = "20261121" } = process.env;
const seed = wanted === "random" ? Date.now() % 2 ** 31 : Number(wanted);
if (!Number.isSafeInteger(seed)) throw new Error(`PROPERTY_SEED is ${wanted} → write a whole number, or random`);
fc.configureGlobal({ seed });
