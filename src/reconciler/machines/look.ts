import { planMachine } from "../../core/machine/plan-machine.ts";
import type { KubeObject } from "../../kube/kube.ts";
import { actOnMachine, type MachineHands } from "./act.ts";
import { gatherMachine, type MachineSources } from "./gather.ts";

/**
 * One look at a claim: its facts, the plan, what is remembered of it, and its actions.
 * @returns after how long to look again; absent: when something changes. Throws what a call to the API server threw.
 */
export async function lookAtClaim(
  sources: MachineSources,
  hands: MachineHands,
  claim: KubeObject,
  signal: AbortSignal,
): Promise<number | undefined> {
  const world = await gatherMachine(sources, claim, signal);
  const plan = planMachine(world);
  hands.memory.holds(claim.metadata.uid ?? "", plan.holds);
  if (plan.actions.length > 0)
    hands.log.debug({ claim: claim.metadata.name, actions: plan.actions.map(({ kind }) => kind) }, "plan");
  return await actOnMachine(hands, world, claim, plan.actions, signal);
}
