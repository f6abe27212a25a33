import { byCodePoint } from "../json.ts";
import { claimDefinition, claimServer } from "./checks/claims.ts";
import { cloud } from "./checks/cloud.ts";
import { definition } from "./checks/definition.ts";
import { devicePlugin } from "./checks/gpu.ts";
import { installed, replicas } from "./checks/installation.ts";
import { controllers, foreignWebhooks } from "./checks/kaito.ts";
import { policies } from "./checks/policies.ts";
import { leader, rights } from "./checks/reconciler.ts";
import { server } from "./checks/server.ts";
import { storage } from "./checks/storage.ts";
import { trust } from "./checks/trust.ts";
import { unread } from "./checks/unread.ts";
import { answers, configurations } from "./checks/webhook.ts";
import type { Facts } from "./facts.ts";
import { type Finding, LEVELS } from "./finding.ts";
import { FINDING_IDS, type FindingId } from "./texts.ts";

const CHECKS: readonly ((facts: Facts) => readonly Finding[])[] = [
  // What is around us.
  server,
  controllers,
  foreignWebhooks,
  definition,
  claimDefinition,
  claimServer,
  devicePlugin,
  storage,
  // What is ours.
  installed,
  configurations,
  trust,
  replicas,
  answers,
  leader,
  rights,
  policies,
  cloud,
  // What nobody could see.
  unread,
];

/** What helps or hinders in a cluster: the worst first, then in the order of `findingTexts`; the same for facts in any order. */
export function diagnose(facts: Facts): readonly Finding[] {
  const found = CHECKS.flatMap((check) => check(facts));
  const rank = ({ id, level }: Finding): number => LEVELS.indexOf(level) * FINDING_IDS.length + FINDING_IDS.indexOf(id);
  return found.sort((a, b) => rank(a) - rank(b) || byCodePoint(a.seen, b.seen));
}

/** Somebody else looks after Workspaces: with one of these nothing of ours may be installed beside it. */
export const FOREIGN: ReadonlySet<FindingId> = new Set(["kaito/controller", "kaito/webhook", "workspaces/definition"]);
