import { join } from "node:path";
import { ensureTool, type ToolModule } from "../../../src/local/build.ts";
import { findGo } from "../../../src/local/go.ts";
import { streamReport } from "../../../src/local/report.ts";
import { toolCache } from "../../../src/local/tool-cache.ts";
import { packageRoot } from "../../../src/package-root.ts";

const sources = ["go.mod", "go.sum"];
const oras: ToolModule = { name: "oras", sources, target: "oras.land/oras/cmd/oras", ldflags: "-s -w" };
const skopeo: ToolModule = {
  name: "skopeo",
  sources,
  target: "github.com/containers/skopeo/cmd/skopeo",
  ldflags: "-s -w",
  // Signatures and storage drivers that need C libraries.
  tags: "containers_image_openpgp exclude_graphdriver_btrfs exclude_graphdriver_devicemapper",
};

/**
 * Folders with the programs of the puller's and the pusher's image, built once. skopeo is the version of the image
 * (1.14.4); of oras the Go module proxy has no 1.2, so it is 1.3.6.
 * @returns the reason where there is no Go
 */
export async function imageTools(): Promise<{ readonly path: string } | { readonly reason: string }> {
  const answer = await findGo();
  if (answer.kind === "no-go") return { reason: answer.reason };
  const root = packageRoot();
  const place = { root, cache: toolCache(root), go: answer.go, report: streamReport() };
  const folders = [await ensureTool(oras, place), await ensureTool(skopeo, place)];
  return { path: folders.map((folder) => join(folder)).join(":") };
}
