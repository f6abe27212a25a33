import { after, before, it } from "mocha";
import { describeWith } from "../support/cluster.ts";
import type { Foresail } from "../support/foresail.ts";
import { aksProvider, karpenterProvider } from "../support/provider.ts";
import { fiftyComeAndGo } from "./fifty.ts";

const TEN_MINUTES_MS = 600_000;

for (const provider of [karpenterProvider, aksProvider()]) {
  describeWith(
    ["scheduler", "controllerManager", "kwok", "karpenter"],
    `50 Workspaces at once: ${provider.name}`,
    () => {
      let foresail: Foresail;
      before(async () => {
        foresail = await provider.start();
      });
      after(() => foresail.stop());

      it("all run, and when they are deleted nothing is left", async function () {
        this.timeout(TEN_MINUTES_MS);
        await fiftyComeAndGo(provider);
      });
    },
  );
}
