import { expect } from "chai";
import { it } from "mocha";
import { inGit, live } from "../gitops/support/git.ts";
import { describeGitOps } from "../gitops/support/gitops.ts";

describeGitOps("health of a new Workspace", (given) => {
  it("is not Current to Flux before the reconciler has looked at it, although it has no status of its own", async () => {
    const { engines, place } = given();
    const object = inGit(place, "new");
    await engines.flux.apply([object]);
    const stored = await live(place, "new");
    expect(stored["status"]).to.deep.equal({ observedGeneration: -1 });
    expect(await engines.flux.status(stored)).to.equal("InProgress");
    const waited = await engines.flux.wait([object], 3).then(
      () => "healthy",
      (error: Error) => error.message,
    );
    // The time may be up in the middle of a call, or before the client lets one begin.
    expect(waited).to.match(/InProgress|context deadline/);
    // The default is the server's, not the client's: nothing to fight over.
    expect(await engines.flux.diff(object)).to.equal("unchanged");
  });
});
