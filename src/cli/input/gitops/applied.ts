import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { canonicalJson, sha256Hex } from "../../../core/json.ts";
import { UsageError } from "../../../option.ts";
import type { Entry } from "../collect.ts";
import type { Reading } from "../directory.ts";
import { unlessForeign } from "../foreign.ts";
import { chartFiles, chartMentions } from "../helm/chart-files.ts";
import { installed } from "../helm/chart-resources.ts";
import { type ChartUse, mergedValues } from "../helm/chart-use.ts";
import { kustomizationIn } from "../kustomize/kustomization-file.ts";
import type { Resource } from "../kustomize/resource.ts";
import type { Manifest } from "../manifest.ts";
import { type Branch, plainTree } from "../tree/tree.ts";
import { treeManifest } from "../tree/tree-manifest.ts";
import { type Applier, mentionsWhatCounts, type Surroundings, shownObject } from "./applier.ts";
import { appliersOf } from "./appliers-of.ts";
import { Objects } from "./objects.ts";
import { finish, postRendered, renderApplier } from "./render.ts";
import { repositoryOf } from "./repository.ts";

// Applications of applications: far above what people write.
const MOST_APPLIERS = 10_000;
// Each is a run of helm: a chart that makes an Application of itself, under another name each time, would never end.
const MOST_CHARTS = 1000;

/** Two clusters may have objects of one name that say different things of one path. */
function contentOf(object: Branch): string {
  return sha256Hex(canonicalJson(plainTree(object))).slice(0, 8);
}

/** A path and the directories it lies in, to the top of the file system. */
function upwards(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [path] : [path, ...upwards(above)];
}

/** What Flux and Argo CD objects apply of one repository, and what is applied by that in turn. */
export class Applied {
  readonly manifests: Manifest[] = [];
  /** Directories whose kustomization one that is applied uses, links followed. */
  readonly used = new Set<string>();
  readonly #covered = new Set<string>();
  readonly #seen = new Set<string>();
  #charts = 0;
  readonly #directory: string;
  readonly #reading: Reading;
  readonly #objects: Objects;
  readonly #around: Surroundings;

  /** @param directory what is read, as it is shown */
  constructor(directory: string, entries: readonly Entry[], reading: Reading) {
    this.#directory = directory;
    this.#reading = reading;
    this.#objects = new Objects(entries, reading.kustomizations);
    const told = new Set<string>();
    this.#around = {
      repository: repositoryOf(directory),
      find: (kind, name, namespace) => this.#objects.find(kind, name, namespace),
      tell: (message) => {
        if (!told.has(message)) console.error(message);
        told.add(message);
      },
    };
    for (const { path, objects } of this.#outerFirst()) if (!this.covers(path)) this.follow(objects);
  }

  /**
   * What holds objects of Flux and Argo CD, that which others apply at the end: it is read as they change it, and by itself
   * only where they do not come to it.
   */
  #outerFirst(): ReturnType<Objects["mentioningAppliers"]> {
    const quiet = { ...this.#around, tell: () => undefined };
    const all = this.#objects.mentioningAppliers().map(({ path, objects }) => {
      const named = objects.flatMap((one) => appliersOf(one, quiet)).map((one) => quiet.repository.shown(one.path));
      const directories = named.flatMap((one) => (one === undefined ? [] : realpathSync(one)));
      return { path, objects, above: upwards(realpathSync(path)), directories };
    });
    const appliedBy = new Map<string, Set<string>>();
    for (const { path, directories } of all) {
      for (const one of directories) appliedBy.set(one, (appliedBy.get(one) ?? new Set()).add(path));
    }
    const isInner = ({ path, above }: (typeof all)[number]): boolean =>
      above.some((one) => [...(appliedBy.get(one) ?? [])].some((other) => other !== path));
    return [...all.filter((one) => !isInner(one)), ...all.filter(isInner)];
  }

  /** Whether a path is applied by one of the objects: then it is not read by itself. */
  covers(path: string): boolean {
    return upwards(realpathSync(path)).some((one) => this.#covered.has(one));
  }

  /** Takes what these objects apply, and so on. Throws UsageError for what cannot be rendered. */
  follow(objects: readonly Branch[]): void {
    const queue = objects.flatMap((one) => appliersOf(one, this.#around));
    for (const applier of queue) {
      const where = this.#directoryOf(applier);
      const group = `${shownObject(applier.object)} ${where} ${contentOf(applier.object)}`;
      if (where === undefined || this.#seen.has(group)) continue;
      if (this.#seen.add(group).size > MOST_APPLIERS) throw this.#tooMany(MOST_APPLIERS, "applications");
      this.#covered.add(realpathSync(where));
      if (kustomizationIn(where) !== undefined) {
        for (const one of this.#reading.kustomizations.reach(where).directories) this.used.add(one);
      }
      const trees = this.#render(applier, where).map(({ tree }) => tree);
      this.#objects.add(trees);
      queue.push(...trees.flatMap((tree) => appliersOf(tree, this.#around)));
      const { object, placeOf } = treeManifest(applier.object, group);
      this.manifests.push(...trees.map((tree) => treeManifest(tree, group, { object, placeOf })));
    }
  }

  /** The directory an applier names, as it is shown; one that is not in this repository is told. */
  #directoryOf({ object, path, isInArtifact }: Applier): string | undefined {
    const where = this.#around.repository.shown(path);
    if (where !== undefined && statSync(where).isDirectory()) return where;
    if (!isInArtifact) {
      this.#around.tell(`${shownObject(object)} is not rendered: ${path} is no directory of this repository`);
    }
    return undefined;
  }

  #tooMany(most: number, what: string): UsageError {
    return new UsageError(`${this.#directory}: more than ${most} ${what}; name a smaller directory`);
  }

  #render(applier: Applier, where: string): readonly Resource[] {
    const { repository, find, tell } = this.#around;
    const { options, kustomizations } = this.#reading;
    if (!existsSync(join(where, "Chart.yaml"))) {
      const isOurs = (): boolean => kustomizationIn(where) === undefined || kustomizations.reach(where).certainlyOurs;
      const building = { files: kustomizations.files, repository: repository.bounds };
      return unlessForeign(() => renderApplier(applier, where, building, find), isOurs, tell);
    }
    if (options.helm === "off") return [];
    const use = applier.chart(where);
    if (!isOfInterest(where, use, repository.bounds)) return [];
    if (++this.#charts > MOST_CHARTS) throw this.#tooMany(MOST_CHARTS, "charts");
    const resources = postRendered(installed(where, use, where === this.#directory, tell), applier);
    for (const resource of resources) finish(resource, applier, find);
    return resources;
  }
}

/** Whether a chart, or a value it is given, has a word of ours: all others are not rendered. */
function isOfInterest(chart: string, use: ChartUse, repository: string | undefined): boolean {
  const values = plainTree(mergedValues(use.values.map(({ tree }) => tree)));
  const given = JSON.stringify([values, use.flags]);
  return mentionsWhatCounts(given) || chartMentions(chartFiles(chart, repository), mentionsWhatCounts);
}
