import type { PodClass } from "./pod-class.ts";
import type { Obstacle } from "./problem.ts";
import type { Variant } from "./variants.ts";

/** A pod with what it asks for at the moment. */
export interface Candidate {
  readonly one: PodClass;
  readonly variant: Variant;
  readonly pod: number;
}

/** Why a pod was not placed. */
export interface Failure<Refusal> {
  readonly obstacle: Obstacle | undefined;
  readonly refusal: Refusal;
}
