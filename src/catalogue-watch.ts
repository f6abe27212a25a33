import type { Catalogue } from "./core/catalogue.ts";
import { buildCatalogue, CatalogueError } from "./core/catalogue-build.ts";
import { CATALOGUE_DATA_LABEL, filesOfConfigMap, isOfConfigMap } from "./core/catalogue-files/config-map.ts";
import { createCache } from "./kube/cache.ts";
import { type Follower, follow } from "./kube/follow.ts";
import type { Kube, KubeObject } from "./kube/kube.ts";
import { CONFIG_MAPS } from "./kube/resources.ts";
import { readCatalogueFiles, shippedCatalogueFiles } from "./load.ts";
import type { Log } from "./log.ts";

/** A catalogue that follows the ConfigMaps of its namespace. Each one it gives is whole, checked and frozen. */
export interface LiveCatalogue {
  /** The newest good one; ask again for every decision. Until `synced`: that of the files alone. */
  current(): Catalogue;
  /** Resolves when the ConfigMaps there are have been read; rejects only with the signal's reason. */
  readonly synced: Promise<void>;
  readonly follower: Follower;
}

export interface LiveCatalogueOptions {
  readonly kube: Kube;
  /** Foresail's own: who may write ConfigMaps there chooses the images that run everywhere. */
  readonly namespace: string;
  /** Directories and files of `--catalog`, below the ConfigMaps. */
  readonly catalog: readonly string[];
  readonly log: Log;
  readonly signal: AbortSignal;
  /** After each swap. */
  readonly onChange?: () => void;
  /** A ConfigMap whose data is not taken, with its faults; at every attempt. */
  readonly onRefused?: (configMap: KubeObject, findings: readonly string[]) => void;
  readonly timing?: LiveCatalogueTiming;
}

export interface LiveCatalogueTiming {
  /** Changes come together (`kubectl apply -k`): a build waits until none came for this long, … */
  readonly idleMs: number;
  /** … and at most this long. */
  readonly maxMs: number;
}

const TIMING: LiveCatalogueTiming = { idleMs: 200, maxMs: 2_000 };
// The log is for people; a file with more faults than this is another kind of file.
const MOST_LOGGED = 50;

/**
 * Builds the catalogue of the files and keeps it up to date with the labelled ConfigMaps. Data that is wrong is refused whole
 * and logged with key and line, and the catalogue before stays. At the start there is none before: then the ConfigMaps at
 * fault are left out and the others count, so that one wrong file does not take the mirrors away from every new Workspace.
 * @throws CatalogueError when the files themselves are wrong.
 */
export function followCatalogue(options: LiveCatalogueOptions): LiveCatalogue {
  const { kube, namespace, log, signal } = options;
  const shipped = shippedCatalogueFiles();
  const given = readCatalogueFiles(options.catalog);
  const build = (maps: readonly KubeObject[]): Catalogue =>
    buildCatalogue(shipped, [...given, ...maps.flatMap(filesOfConfigMap)]);
  let current = build([]);
  const swap = (next: Catalogue, configMaps: number): void => {
    if (next.current.id === current.current.id) return;
    current = next;
    log.info({ catalogue: next.current.id, configMaps }, "catalogue");
    for (const note of next.notes ?? []) log.warn({ note }, "catalogue");
    options.onChange?.();
  };
  const attempt = (maps: readonly KubeObject[], atStart: boolean): void => {
    try {
      swap(build(maps), maps.length);
    } catch (error) {
      if (!(error instanceof CatalogueError)) return void log.error({ err: error }, "catalogue not built");
      const faulty = tell(options, maps, error, atStart);
      const others = maps.filter((map) => !faulty.includes(map));
      if (atStart && others.length < maps.length) attempt(others, atStart);
    }
  };
  const debounced = debounce(() => attempt(cache.list(), false), options.timing ?? TIMING, signal);
  const cache = createCache({
    onChange: () => {
      if (cache.isSynced) debounced();
    },
  });
  const follower = follow(kube, CONFIG_MAPS, {
    namespace,
    labelSelector: `${CATALOGUE_DATA_LABEL}=true`,
    onEvent: cache.handle,
    onSynced: () => {
      cache.markSynced();
      attempt(cache.list(), true);
    },
    onError: (error) => log.warn({ resource: "configmaps", err: error }, "catalogue watch"),
    signal,
  });
  return { current: () => current, synced: follower.synced, follower };
}

/** Gives the ConfigMaps at fault. */
function tell(
  { log, onRefused }: LiveCatalogueOptions,
  maps: readonly KubeObject[],
  error: CatalogueError,
  atStart: boolean,
): readonly KubeObject[] {
  const faulty = maps.filter((map) => error.files.some((file) => isOfConfigMap(map, file)));
  const stays = atStart ? "left out" : "the catalogue before stays";
  const findings = error.findings.slice(0, MOST_LOGGED);
  const configMaps = faulty.map(({ metadata }) => metadata.name);
  log.error({ findings, configMaps }, `catalogue data refused: ${stays}`);
  for (const map of faulty)
    onRefused?.(
      map,
      error.findings.filter((found) => isOfConfigMap(map, found)),
    );
  return faulty;
}

function debounce(run: () => void, { idleMs, maxMs }: LiveCatalogueTiming, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  let sinceMs: number | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return () => {
    if (signal.aborted) return;
    const nowMs = performance.now();
    sinceMs ??= nowMs;
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        sinceMs = undefined;
        run();
      },
      Math.max(0, Math.min(idleMs, sinceMs + maxMs - nowMs)),
    );
  };
}
