import { expect } from "chai";
import { describe, it } from "mocha";
import { checkImage, checkPullSecrets, checkSecretName, checkUrl } from "../../../src/core/checks/reference.ts";
import type { Issue } from "../../../src/core/issue.ts";

const codes = (issues: readonly Issue[]): readonly string[] => issues.map(({ level, code }) => `${level} ${code}`);

describe("references", () => {
  it("takes every image reference that Docker takes", () => {
    for (const image of [
      "ubuntu",
      "library/ubuntu:24.04",
      "registry.example:5000/a/b__c/d--e.f:v1_2.3",
      "localhost/a",
      "Registry.Example/a",
      `a/b@sha256:${"0".repeat(64)}`,
      `a/b:1@sha512:${"f".repeat(128)}`,
    ])
      expect(codes(checkImage("image", image)), image).to.deep.equal([]);
  });

  it("refuses what Docker refuses", () => {
    for (const image of ["", "A/b/C", "a//b", "a/", "/a", "a..b", "a b", "a:", "a@sha256:0", "-a/b", "a:b:c", "a/b\n"])
      expect(codes(checkImage("image", image)), image).to.deep.equal(["error image/invalid"]);
  });

  it("warns of placeholders, and judges what is around them", () => {
    expect(codes(checkImage("image", "ACR_REPO_HERE.azurecr.io/IMAGE_NAME_HERE:0.0.1"))).to.deep.equal([
      "warning reference/placeholder",
    ]);
    expect(codes(checkImage("image", "ACR_REPO_HERE $(id)"))).to.deep.equal(["error image/invalid"]);
    expect(codes(checkSecretName("secret", "ACR_REGISTRY_SECRET_HERE"))).to.deep.equal([
      "warning reference/placeholder",
    ]);
    expect(codes(checkSecretName("secret", "../SECRET_HERE"))).to.deep.equal(["error secret/invalid"]);
  });

  it("wants each pull secret once, since each is a file of one volume", () => {
    expect(codes(checkPullSecrets("secrets", ["a", "b"]))).to.deep.equal([]);
    expect(codes(checkPullSecrets("secrets", ["a", "a"]))).to.deep.equal(["error secret/duplicate"]);
    expect(
      codes(
        checkPullSecrets(
          "secrets",
          Array.from({ length: 11 }, (_, i) => `s${i}`),
        ),
      ),
    ).to.deep.equal(["error secret/too-many"]);
  });

  it("takes public addresses", () => {
    for (const url of [
      "https://huggingface.co/datasets/a/b/resolve/main/data/train-00000.parquet?download=true",
      "http://example.com:8080/a%20b.json?sig=a%2Bb&x=[1]",
      "https://user:pass@example.com/x",
      "https://[2606:4700::1111]/x",
    ])
      expect(codes(checkUrl("url", url)), url).to.deep.equal([]);
  });

  it("refuses addresses inside the node, the cluster or the cloud, however they are written", () => {
    for (const host of [
      "localhost",
      "a.localhost",
      "127.0.0.1",
      "2130706433",
      "0x7f.1",
      "0.0.0.0",
      "10.1.2.3",
      "100.64.0.1",
      "169.254.169.254",
      "172.31.0.1",
      "192.168.0.1",
      "224.0.0.1",
      "255.255.255.255",
      "metadata.google.internal",
      "metadata.google.internal.",
      "[::]",
      "[::1]",
      "[::127.0.0.1]",
      "[::ffff:10.0.0.1]",
      "[fd00::1]",
      "[fe80::1]",
      "[ff02::1]",
      "[64:ff9b::a9fe:a9fe]",
    ])
      expect(codes(checkUrl("url", `http://${host}/x`)), host).to.deep.equal(["error url/internal"]);
  });

  it("refuses what curl reads in another way than a browser", () => {
    for (const url of [
      "http://{169.254.169.254}/x",
      "http://example.com\\@169.254.169.254/x",
      "http://a@169.254.169.254@example.com/x",
      " http://example.com/",
      "http://exa\tmple.com/",
      "http://example.com/\n",
      `http://example.com/${"x".repeat(2048)}`,
      "example.com/x",
      "http://",
    ])
      expect(codes(checkUrl("url", url)), url).to.deep.equal(["error url/invalid"]);
    expect(codes(checkUrl("url", "file:///etc/passwd"))).to.deep.equal(["error url/scheme"]);
  });
});
