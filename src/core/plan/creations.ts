import type { Action } from "../action.ts";
import { nameOf } from "../capacity/fields.ts";
import type { CapacityPlan } from "../capacity/question.ts";

/** The claims a plan creates, each with the pods it is for. */
export function creations({ create, createdFor }: Pick<CapacityPlan, "create" | "createdFor">): readonly Action[] {
  return create.map((claim) => ({ kind: "createClaim", claim, pods: createdFor?.get(nameOf(claim)) ?? [] }));
}
