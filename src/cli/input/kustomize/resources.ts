import { UsageError } from "../../../option.ts";
import { isSameId, type Resource, type ResourceId, shownId } from "./resource.ts";

/** The resources of a build in order. */
export class Resources {
  all: Resource[] = [];

  append(resource: Resource): void {
    const { id } = resource;
    if (this.all.some((other) => isSameId(id, other.id))) {
      throw new UsageError(`${shownId(id)} is there twice: may not add resource with an already registered id`);
    }
    this.all.push(resource);
  }

  appendAll(resources: readonly Resource[]): void {
    for (const one of resources) this.append(one);
  }

  /** Those that have, or once had, an id that matches. */
  byAnyId(matches: (id: ResourceId) => boolean): readonly Resource[] {
    return this.all.filter((one) => !one.isGone && [...one.previousIds, one.id].some(matches));
  }

  /** The one that has, or once had, this id. Throws UsageError where there is none, or are several. */
  only(id: ResourceId, what: string): Resource {
    const found = this.byAnyId((other) => isSameId(id, other));
    if (found[0] === undefined) throw new UsageError(`${what}: no resource matches ${shownId(id)}`);
    if (found.length > 1) throw new UsageError(`${what}: several resources match ${shownId(id)}`);
    return found[0];
  }

  dropGone(): void {
    this.all = this.all.filter((one) => !one.isGone);
  }
}
