import { describeClaim } from "../capacity/claim.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import { reasonText } from "./reasons.ts";
import type { Situation } from "./situation.ts";
import { passing, type Trouble } from "./trouble.ts";

type Mended = "AuthorizationFailed" | "InvalidRequest" | "MachineNameTaken";

// Our own provider says which. Others have one word for all (LaunchFailed, CreateInstanceFailed) and pass on the words of
// ARM (AuthorizationFailed, LinkedAuthorizationFailed, RequestDisallowedByPolicy) or EC2 (UnauthorizedOperation).
const NO_RIGHT =
  /\b(?:Linked)?AuthorizationFailed\b|\bUnauthorizedOperation\b|does not have authorization to perform|is not authorized to perform/i;
// Our own provider every 5 minutes, others by a backoff of theirs.
const AGAIN = "it is asked again by itself, every few minutes";
const POLICY = /\bRequestDisallowedByPolicy\b|disallowed by policy/i;

/** What only a human can mend of what a provider says, or undefined. */
function mended(reason: string, message: string): Mended | undefined {
  if (reason === "AuthorizationFailed" || NO_RIGHT.test(message)) return "AuthorizationFailed";
  if (reason === "NameTaken") return "MachineNameTaken";
  return reason === "InvalidRequest" || POLICY.test(message) ? "InvalidRequest" : undefined;
}

/** A claim that stays and that its provider cannot serve until somebody changes something. */
export function stoppedClaim({ claims }: Situation): Trouble | undefined {
  for (const claim of [...claims].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { obstacle } = claim;
    if (claim.launched || obstacle?.type !== "Launched") continue;
    const reason = mended(obstacle.reason, obstacle.message);
    if (reason === undefined) continue;
    return trouble(reason, `NodeClaim ${describeClaim(claim)}: ${obstacle.message}`, obstacle.message);
  }
  return undefined;
}

/** The same of claims that went with such words: a missing right closes everything, a wrong request only what was asked for. */
export function stoppedOffering(open: readonly Attempt[]): Trouble | undefined {
  const told = open.map((attempt) => ({ attempt, reason: mended(attempt.reason, attempt.message) }));
  const right = told.find(({ reason }) => reason === "AuthorizationFailed");
  const found = right ?? (told.every(({ reason }) => reason !== undefined) ? told[0] : undefined);
  if (found?.reason === undefined) return undefined;
  const { instanceType, message } = found.attempt;
  return trouble(found.reason, `${instanceType}: ${message}`, message);
}

function trouble(reason: Mended, message: string, said: string): Trouble {
  const next =
    reason === "AuthorizationFailed" ? rightIn(said) : reason === "InvalidRequest" ? fieldIn(said) : undefined;
  const { kaito = "Unschedulable" } = reasonText(reason);
  return passing(reason, message, { stalled: true, kaito, ...(next === undefined ? {} : { next }) });
}

/** `The client 'c' with object id 'o' does not have authorization to perform action 'a' over scope 's' …` */
function rightIn(said: string): string | undefined {
  const action = /perform action '([^']+)'/i.exec(said)?.[1] ?? /not authorized to perform: ([\w:*]+)/i.exec(said)?.[1];
  if (action === undefined) return undefined;
  const who = /\bclient '([^']+)'/i.exec(said)?.[1] ?? /\bUser: (\S+)/.exec(said)?.[1] ?? "the provider's identity";
  const scope = /over scope '([^']+)'/i.exec(said)?.[1];
  return `give ${who} the right ${action}${scope === undefined ? "" : ` on ${scope}`}; ${AGAIN}`;
}

/** `The value of parameter agentPoolProfile.vmSize is invalid.`, `Resource 'c1' was disallowed by policy. … "name":"no-gpus"` */
function fieldIn(said: string): string | undefined {
  if (POLICY.test(said)) {
    const policy = /"policyAssignment":\s*\{\s*"name":\s*"([^"]+)"/.exec(said)?.[1];
    const which = policy === undefined ? "the cloud's policy that is named" : `the cloud's policy ${policy}`;
    return `have ${which} let the machine pass, or state what it asks for; ${AGAIN}`;
  }
  const field = /\bparameter:? ['"]?([A-Za-z][\w.[\]]*\w)['"]?/i.exec(said)?.[1];
  return field === undefined
    ? undefined
    : `mend what sets ${field} of the machine: the Workspace, or the provider's settings; ${AGAIN}`;
}
