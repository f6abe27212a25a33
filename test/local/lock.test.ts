import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { withLock } from "../../src/local/lock.ts";

describe("the build lock", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lock-"));
    path = join(folder, "deep", "a.lock");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const nobodyWaits = () => {
    throw new Error("the lock was free");
  };

  it("lets one in after the other, and tells who waits", async () => {
    let inside = 0;
    let most = 0;
    let waits = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withLock(path, () => waits++, work)));
    expect(most).to.equal(1);
    expect(waits).to.be.greaterThan(0);
    expect(existsSync(path)).to.equal(false);
  });

  it("is given back when the work fails", async () => {
    const failed = await withLock(path, nobodyWaits, () => Promise.reject(new Error("no"))).catch(
      (error) => error.message,
    );
    expect(failed).to.equal("no");
    expect(await withLock(path, nobodyWaits, () => Promise.resolve(1))).to.equal(1);
  });

  it("is taken over from a process that is gone", async () => {
    const { pid } = spawnSync("true");
    await withLock(path, nobodyWaits, () => Promise.resolve());
    writeFileSync(path, `${hostname()} ${pid}\n`);
    let waits = 0;
    expect(
      await withLock(
        path,
        () => waits++,
        () => Promise.resolve("mine"),
      ),
    ).to.equal("mine");
    expect(waits).to.equal(1);
  });

  it("is taken over from another machine only when its heartbeat stopped", async () => {
    await withLock(path, nobodyWaits, () => Promise.resolve());
    writeFileSync(path, "another-machine 1\n");
    let waits = 0;
    const result = withLock(
      path,
      () => {
        // After the second look the heartbeat is made to have stopped two minutes ago.
        if (++waits === 2) utimesSync(path, new Date(), new Date(Date.now() - 120_000));
      },
      () => Promise.resolve(waits),
    );
    expect(await result).to.equal(2);
  });
});
