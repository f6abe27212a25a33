import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { amount, podRequests, quantity } from "../../../src/core/capacity/resources.ts";
import type { JsonObject } from "../../../src/core/json.ts";

describe("quantities", () => {
  const table: readonly (readonly [string, string, number | undefined])[] = [
    ["cpu", "16", 16_000],
    ["cpu", "100m", 100],
    ["cpu", "0.1", 100],
    ["cpu", "1500u", 2],
    ["memory", "154Gi", 154 * 2 ** 30],
    ["memory", "1e3", 1000],
    ["memory", "1.5Ki", 1536],
    ["memory", "2E", 2e18],
    ["nvidia.com/gpu", "1", 1],
    ["cpu", "many", undefined],
    ["cpu", "", undefined],
    ["memory", "1e9999", undefined],
  ];
  for (const [resource, text, value] of table) {
    it(`read ${resource} ${text}`, () => {
      expect(amount(resource, text)).to.equal(value);
    });
  }

  it("come back as what they were", () => {
    fc.assert(
      fc.property(fc.constantFrom("cpu", "memory", "nvidia.com/gpu"), fc.nat(2 ** 31), (resource, value) => {
        expect(amount(resource, quantity(resource, value))).to.equal(value);
      }),
    );
  });
});

describe("requests of a pod", () => {
  const cpu = (value: string, more: object = {}) => ({ resources: { requests: { cpu: value } }, ...more });

  it("are the sum of its containers, limits where no request is stated", () => {
    const requests = podRequests({
      containers: [cpu("1"), { resources: { limits: { cpu: "2", "nvidia.com/gpu": "4" } } }],
    });
    expect([...requests]).to.deep.equal([
      ["cpu", 3000],
      ["nvidia.com/gpu", 4],
    ]);
  });

  it("are an init container's where it needs more, sidecars counted all along", () => {
    const sidecar = cpu("1", { restartPolicy: "Always" });
    expect(podRequests({ initContainers: [sidecar, cpu("8")], containers: [cpu("2")] }).get("cpu")).to.equal(9000);
    expect(podRequests({ initContainers: [cpu("2"), sidecar], containers: [cpu("2")] }).get("cpu")).to.equal(3000);
  });

  it("are what is stated for the whole pod instead of its containers', overhead on top", () => {
    const whole = (resources: JsonObject, more: JsonObject = {}) =>
      Object.fromEntries(podRequests({ containers: [cpu("1")], initContainers: [cpu("8")], resources, ...more }));
    expect(whole({ requests: { cpu: "200", memory: "1Ki" } })).to.deep.equal({ cpu: 200_000, memory: 1024 });
    // Less than an init container asks for is what counts all the same.
    expect(whole({ requests: { cpu: "2" } }, { overhead: { cpu: "1" } })).to.deep.equal({ cpu: 3000 });
    expect(whole({ requests: { "nvidia.com/gpu": "4", cpu: "x" } })).to.deep.equal({ cpu: 8000 });
    expect(podRequests({ containers: [{}], resources: { requests: { "hugepages-2Mi": "4Mi" } } }).size).to.equal(1);
  });

  it("are a limit of the whole pod where no container requests any, and always that of huge pages", () => {
    const limits = { cpu: "4", memory: "2Ki", "hugepages-2Mi": "4Mi" };
    const containers = [{ resources: { requests: { cpu: "1", "hugepages-2Mi": "2Mi" } } }];
    const asked = (resources: JsonObject) => Object.fromEntries(podRequests({ containers, resources }));
    const pages = { "hugepages-2Mi": 4 * 2 ** 20 };
    expect(asked({ limits })).to.deep.equal({ cpu: 1000, memory: 2048, ...pages });
    expect(asked({ limits, requests: { memory: "1Ki" } })).to.deep.equal({ cpu: 1000, memory: 1024, ...pages });
  });

  it("are none below zero: no API server takes such a pod", () => {
    expect([...podRequests({ containers: [cpu("-5"), cpu("1")], overhead: { memory: "-1Gi" } })]).to.deep.equal([
      ["cpu", 1000],
    ]);
  });

  it("include overhead and survive nonsense", () => {
    expect(podRequests({ containers: [cpu("1")], overhead: { cpu: "250m" } }).get("cpu")).to.equal(1250);
    expect([...podRequests({ containers: [{ resources: { requests: { cpu: "x" } } }] })]).to.deep.equal([]);
  });
});
