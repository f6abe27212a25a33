import { error, type Issue } from "../issue.ts";
import { annotationPath } from "../options.ts";
import { regionsOf } from "../prices.ts";
import type { HardwareQuestion } from "./hardware.ts";

/** Zones of another region than the one whose prices are used: the price would be another one than what is paid. */
export function zoneIssues({ release, options, provision, region }: HardwareQuestion): readonly Issue[] {
  if (!provision || options.zones.length === 0) return [];
  const regions = regionsOf(release);
  const path = annotationPath("foresail.dev/zones");
  return options.zones.flatMap((zone) => {
    const other = regionOfZone(zone);
    if (other === undefined || other === region || !regions.includes(other)) return [];
    const remedy = `set ${annotationPath("foresail.dev/region")} to ${other}, or state zones of ${region}`;
    return [error(path, "zones/other-region", `${path}: zone ${zone} is not in region ${region}: ${remedy}`)];
  });
}

/** `eastus` of `eastus-1`, `us-east-1` of `us-east-1a`; undefined for names of another shape. */
function regionOfZone(zone: string): string | undefined {
  return /^([a-z]+\d?)-\d$/.exec(zone)?.[1] ?? /^([a-z]+(?:-[a-z]+)+-\d)[a-z]$/.exec(zone)?.[1];
}
