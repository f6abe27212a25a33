import { autoscaled } from "./autoscaled.ts";
import { budget } from "./budget.ts";
import { cloudQuotas } from "./cloud-quotas.ts";
import { devicePlugins } from "./device-plugins.ts";
import { duplicates } from "./duplicates.ts";
import { forced } from "./forced.ts";
import { kaito } from "./kaito/kaito.ts";
import { movingTags } from "./moving-tags.ts";
import { nameTaken } from "./name-taken.ts";
import { notMirrored } from "./not-mirrored.ts";
import { oversized } from "./oversized.ts";
import { quotas } from "./quotas.ts";
import type { RepositoryCheck } from "./repository.ts";
import { statedByServers } from "./stated-by-servers.ts";
import { unpinned } from "./unpinned.ts";

/** What no admission of one object can see. */
export const repositoryChecks: readonly RepositoryCheck[] = [
  statedByServers, // nulls and a status in git
  duplicates, // one name twice
  nameTaken, // objects of ours that something else has the name of
  unpinned, // git does not say with which release
  autoscaled, // an autoscaler beside a stated number of replicas
  forced, // an engine that deletes what it cannot change
  movingTags, // images whose tag may mean another tomorrow
  notMirrored, // images that are pulled past the mirrors
  devicePlugins, // GPUs that would never appear on the nodes
  quotas, // more GPUs than the namespace may ask for
  cloudQuotas, // more cores than the cloud grants
  budget, // more money than was said
  oversized, // a size that is larger than what it does
  kaito, // what KAITO would refuse
];
