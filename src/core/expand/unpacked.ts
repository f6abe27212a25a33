import type { Model, Release, RuntimeImage } from "../catalogue.ts";
import { type Issue, warning } from "../issue.ts";
import type { ChosenHardware } from "./hardware.ts";

/** Weights the GPU cannot calculate with as they are: they take their own size, but no less time than 16 bit would. */
export function unpackedIssues(
  release: Release,
  { name, quantization }: Model,
  image: RuntimeImage,
  { computeCapability }: ChosenHardware,
): readonly Issue[] {
  const natives = release.servers.find((server) => server.name === image.server)?.nativeQuantizations ?? {};
  const method = quantization?.method ?? "";
  const native = Object.hasOwn(natives, method) ? natives[method] : undefined;
  if (native === undefined || computeCapability === undefined || Number(computeCapability) >= Number(native)) return [];
  const text = `${name}: ${method} weights are unpacked to 16 bit at compute capability ${computeCapability}; from ${native} on not`;
  return [warning("resource.instanceType", "model/unpacked", text)];
}
