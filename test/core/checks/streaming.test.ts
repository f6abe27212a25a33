import { expect } from "chai";
import { describe, it } from "mocha";
import { checkStreaming } from "../../../src/core/checks/streaming.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";

describe("annotations of model streaming", () => {
  const codes = (annotations: unknown): readonly string[] =>
    checkStreaming({ metadata: { annotations } } as Workspace, { provision: true }).map(({ code }) => code);

  it("are judged where there are any", () => {
    for (const none of [undefined, null, {}]) expect(codes(none)).to.deep.equal([]);
    expect(codes({ "kaito.sh/model-streaming": "enabled" })).to.deep.equal(["annotation/unsupported"]);
    expect(codes({ "kaito.sh/model-streaming": "" })).to.deep.equal(["annotation/unsupported"]);
    expect(codes({ "kaito.sh/model-streaming": "disabled" })).to.deep.equal([]);
    expect(codes({ "inference.kaito.sh/stream-source-type": "byo" })).to.deep.equal(["annotation/ignored"]);
  });
});
