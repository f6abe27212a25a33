import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../../src/package-root.ts";
import { LONG, LONG_IN_CLUSTER, longestFirst, SLOW, select } from "./selection.ts";

const root = packageRoot();
const selection = (...args: string[]) => {
  const answer = select(root, args);
  if (answer.kind !== "selection") throw new Error(answer.message);
  return answer.selection;
};

describe("the selection of tests", () => {
  const isSlow = (file: string) => SLOW.some((slow) => file.startsWith(slow));

  it("takes everything but test/cluster and what is slow when it should be fast", () => {
    const { files, clusterFiles } = selection("fast");
    expect(files).to.include("test/support/selection.test.ts");
    expect(files.filter((file) => file.startsWith("test/cluster/") || isSlow(file))).to.deep.equal([]);
    expect(clusterFiles).to.deep.equal([]);
  });

  it("takes everything otherwise, cluster tests apart", () => {
    const all = selection("all");
    expect(all.files.filter((file) => !isSlow(file))).to.deep.equal(selection("fast").files);
    expect(all.clusterFiles).to.include("test/cluster/control-plane.test.ts");
    for (const slow of SLOW)
      expect(
        all.files.some((file) => file.startsWith(slow)),
        slow,
      ).to.equal(true);
  });

  it("starts with what takes long, each of which is there, and goes on by name", () => {
    const { files } = selection("fast");
    expect(files.slice(0, LONG.length)).to.deep.equal(LONG);
    const others = files.slice(LONG.length);
    expect(others).to.deep.equal(others.toSorted());
  });

  it("gives the lanes the longest files first, each of which is there, and the others by name", () => {
    const { clusterFiles } = selection("all");
    const ordered = longestFirst(clusterFiles);
    expect([...ordered].sort()).to.deep.equal([...clusterFiles].sort());
    const place = (file: string) => LONG_IN_CLUSTER.findIndex((path) => file.startsWith(path));
    const places = ordered.map((file) => (place(file) < 0 ? LONG_IN_CLUSTER.length : place(file)));
    expect(places).to.deep.equal(places.toSorted((a, b) => a - b));
    expect([...new Set(places)]).to.have.length(LONG_IN_CLUSTER.length + 1);
    const others = ordered.filter((file) => place(file) < 0);
    expect(others).to.deep.equal(others.toSorted());
  });

  it("takes the same, and all of the generated cases, when it should be full", () => {
    const { full, ...rest } = selection("full");
    expect(full).to.equal(true);
    expect(selection("all")).to.deep.equal({ ...rest, full: false });
  });

  it("takes files and folders by name, each once", () => {
    const { files, clusterFiles, grep, disposable } = selection(
      "all",
      "test/local/",
      "test/local/lock.test.ts",
      "--grep",
      "a b",
    );
    expect(files).to.include("test/local/lock.test.ts");
    expect(new Set(files).size).to.equal(files.length);
    expect(clusterFiles).to.deep.equal([]);
    expect(grep).to.equal("a b");
    expect(disposable).to.equal(false);
    expect(selection("all", "--cluster-is-disposable").disposable).to.equal(true);
  });

  it("refuses what it does not know", () => {
    expect(select(root, [])).to.have.property("kind", "usage");
    expect(select(root, ["all", "--nope"]))
      .to.have.property("message")
      .that.matches(/unknown option --nope/);
    expect(select(root, ["all", "test/none"]))
      .to.have.property("message")
      .that.matches(/test\/none is no file or folder/);
  });
});
