import type { Manifest } from "../input/manifest.ts";
import type { CheckOptions } from "./report-of.ts";

/**
 * What judges these manifests besides admission; undefined: nothing does. The CEL library is loaded only where something does.
 * @param paths values of `--policy`
 * @param tell hears of policies that judge nothing
 */
export async function policiesOf(
  paths: readonly string[],
  manifests: readonly Manifest[],
  tell?: (line: string) => void,
): Promise<CheckOptions["policies"]> {
  const isAmong = manifests.some(({ object }) => object["kind"] === "ValidatingAdmissionPolicy");
  if (paths.length === 0 && !isAmong) return undefined;
  const { judgedBy } = await import("./judging.ts");
  const { judge, idle } = judgedBy(paths, manifests);
  for (const line of idle) tell?.(line);
  return judge;
}
