import { loadCatalogue } from "../../../src/load.ts";
import type { SimulatedInstanceType } from "../../../src/local/instance-types.ts";
import { simulatedSizes } from "../../../src/local/simulated-sizes.ts";

const { current } = loadCatalogue();

/** Sizes that every cluster test may ask claims for: those of the catalogue that its default region sells. */
export const CLUSTER_INSTANCE_TYPES: readonly SimulatedInstanceType[] = simulatedSizes(
  current,
  current.defaults.region,
);
