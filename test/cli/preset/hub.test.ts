import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { hubAccess } from "../../../src/cli/preset/access.ts";
import { fetchModel, type HubModel } from "../../../src/cli/preset/hub-model.ts";
import { UsageError } from "../../../src/option.ts";
import { COMMIT, type Hub, loopbackHub, metadata, PATHS, redirect, text } from "./loopback-hub.ts";

const TOKEN = "hf_secret";

describe("preset add --online: the hub", () => {
  let hub: Hub;
  let other: Hub;

  beforeEach(async () => {
    hub = await loopbackHub();
    other = await loopbackHub();
  });
  afterEach(async () => {
    await hub.close();
    await other.close();
  });

  interface Wish {
    readonly allowHost?: readonly string[];
    readonly token?: string;
    readonly timeoutSeconds?: number;
    readonly endpoint?: string;
  }
  const fetched = (wish: Wish = {}, revision?: string): Promise<HubModel> => {
    const { allowHost = [], timeoutSeconds = 10, endpoint = hub.endpoint } = wish;
    return fetchModel(hubAccess({ endpoint, allowHost, timeoutSeconds }, undefined, wish.token), "acme/kimi", revision);
  };
  const refused = async (promise: Promise<unknown>): Promise<string> => {
    try {
      await promise;
    } catch (error) {
      expect(error).to.be.instanceOf(UsageError);
      return (error as Error).message;
    }
    throw new Error("was not refused");
  };

  it("fetches the files of one commit, and what only the hub knows", async () => {
    const model = await fetched();
    expect(model.revision).to.equal(COMMIT);
    expect([model.license, model.gated]).to.deep.equal(["modified-mit", true]);
    // Copies in sub-directories and Mistral's own format are not loaded.
    expect(model.weightFiles).to.deep.equal({ count: 2, bytes: 3 * 1024 ** 3 });
    expect(model.index).to.have.nested.property("metadata.total_size");
    expect(hub.seen.map(({ path }) => path)).to.deep.equal(Object.values(PATHS));
  });

  it("asks for the revision stated", async () => {
    hub.answers.set("/api/models/acme/kimi/revision/refs%2Fpr%2F1?blobs=true", text(metadata()));
    expect((await fetched({}, "refs/pr/1")).revision).to.equal(COMMIT);
  });

  it("asks for no revision that would lead out of the revisions", async () => {
    for (const revision of ["", ".", ".."]) expect(await refused(fetched({}, revision))).to.include("--revision");
    expect(hub.seen).to.deep.equal([]);
  });

  it("follows redirects on its own host", async () => {
    hub.answers.set(PATHS.config, redirect("/api/resolve-cache/config.json"));
    hub.answers.set("/api/resolve-cache/config.json", text('{"architectures": ["LlamaForCausalLM"]}'));
    expect((await fetched()).config).to.deep.equal({ architectures: ["LlamaForCausalLM"] });
  });

  it("does not follow a redirect off the host", async () => {
    hub.answers.set(PATHS.config, redirect(`${other.endpoint}/config.json`));
    const message = await refused(fetched({ token: TOKEN }));
    expect(message).to.include(`redirects to ${other.host}, which is not allowed: add --allow-host ${other.host}`);
    expect(other.seen).to.deep.equal([]);
  });

  it("does without an index that lies on another host", async () => {
    hub.answers.set(PATHS.index, redirect(`${other.endpoint}/index.json`));
    const model = await fetched();
    expect(model.index).to.equal(undefined);
    expect(model.weightFiles?.count).to.equal(2);
    expect(other.seen).to.deep.equal([]);
  });

  it("follows to a host that is allowed, without the token", async () => {
    hub.answers.set(PATHS.config, redirect(`${other.endpoint}/config.json`));
    other.answers.set("/config.json", text("{}"));
    expect((await fetched({ token: TOKEN, allowHost: [other.host] })).config).to.deep.equal({});
    expect(other.seen).to.deep.equal([{ path: "/config.json", authorization: undefined }]);
    expect(new Set(hub.seen.map(({ authorization }) => authorization))).to.deep.equal(new Set([`Bearer ${TOKEN}`]));
  });

  it("gives up on redirects that do not end, or lead to another protocol", async () => {
    hub.answers.set(PATHS.config, redirect(PATHS.config));
    expect(await refused(fetched())).to.match(/more than 5 redirects/);
    for (const location of ["file:///etc/passwd", "data:application/json,{}"]) {
      hub.answers.set(PATHS.config, redirect(location));
      expect(await refused(fetched()), location).to.match(/is not allowed/);
    }
    hub.answers.set(PATHS.config, redirect("http://"));
    expect(await refused(fetched())).to.match(/a redirect to no address/);
  });

  it("tells what a gated model needs", async () => {
    for (const status of [401, 403]) {
      hub.answers.set(PATHS.config, text("{}", status));
      expect(await refused(fetched())).to.match(
        new RegExp(
          `answered ${status}: acme/kimi is gated, private or does not exist; accept its licence at .* give a token`,
        ),
      );
      expect(await refused(fetched({ token: TOKEN }))).to.match(/use a token of that account/);
    }
  });

  it("tells a model or file that is not there", async () => {
    hub.answers.set(PATHS.config, text("{}", 404));
    expect(await refused(fetched())).to.match(/config\.json does not exist: check the name of the model/);
    hub.answers.set(PATHS.config, text("{}", 503));
    expect(await refused(fetched())).to.match(/answered 503/);
  });

  it("gives up on an answer that is too slow", async () => {
    // Headers and half a body, then nothing: only the limit on the whole ends this.
    hub.answers.set(PATHS.config, (_request, response) => {
      response.writeHead(200).write('{"a": ');
    });
    expect(await refused(fetched({ timeoutSeconds: 0.2 }))).to.match(/no whole answer within 0\.2 s/);
  });

  it("stops reading an answer that is too large", async () => {
    let written = 0;
    hub.answers.set(PATHS.config, (_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024, " ");
      const more = (): void => {
        while (!response.destroyed && written < 1000) {
          written++;
          if (!response.write(chunk)) {
            response.once("drain", more);
            return;
          }
        }
      };
      response.writeHead(200);
      more();
    });
    expect(await refused(fetched())).to.match(/is larger than 4194304 bytes/);
    expect(written).to.be.below(100);
  });

  it("refuses what is no hub", async () => {
    hub.answers.set(PATHS.metadata, text("<html>"));
    expect(await refused(fetched())).to.match(/^\/api\/models\/acme\/kimi: /);
    hub.answers.set(PATHS.metadata, text(metadata({ sha: "../../main" })));
    expect(await refused(fetched())).to.match(/names no commit for acme\/kimi/);
  });

  it("tells a connection that fails", async () => {
    await other.close();
    expect(await refused(fetched({ endpoint: other.endpoint }))).to.match(/ECONNREFUSED/);
    other = await loopbackHub();
  });
});

describe("preset add --online: access", () => {
  const access = (endpoint: string | undefined, token?: string, mirror?: string) =>
    hubAccess({ ...(endpoint === undefined ? {} : { endpoint }), allowHost: [], timeoutSeconds: 1 }, mirror, token);

  it("asks huggingface.co, the catalogue's mirror before it, and what is stated first of all", () => {
    expect(access(undefined).endpoint.host).to.equal("huggingface.co");
    expect(access(undefined, undefined, "https://hub.example.com/hf").endpoint.host).to.equal("hub.example.com");
    expect(access("https://one.example.com", undefined, "https://two.example.com").endpoint.host).to.equal(
      "one.example.com",
    );
  });

  it("sends no token over http, and shows none", () => {
    expect(() => access("http://hub.example.com", TOKEN)).to.throw(UsageError, /not sent over http/);
    expect(() => access(undefined, "hf_a\nb"))
      .to.throw(UsageError)
      .with.property("message")
      .that.not.includes("hf_a");
    expect(access("http://hub.example.com", "").token).to.equal(undefined);
  });

  it("refuses an endpoint that is none", () => {
    for (const endpoint of [
      "hub.example.com",
      "ftp://hub.example.com",
      "https://user:pw@hub.example.com",
      "https://:pw@hub.example.com",
      "https://hub.example.com/?a",
      "https://hub.example.com/#a",
    ]) {
      expect(() => access(endpoint), endpoint).to.throw(UsageError, /--endpoint must be an address/);
    }
  });
});
