import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { html5 } from "../../src/core/report/html.ts";
import { packageRoot } from "../../src/package-root.ts";
import { reportOfCase } from "../cli/check/support/case.ts";
import { foresailHere } from "../cli/support/here.ts";
import { Browser } from "../support/browser/browser.ts";
import { coloursOf, FOCUSED, LOW_CONTRAST, REACHABLE, UNFOLD } from "../support/browser/in-page.ts";

// A first run fetches Chromium.
const FETCH_TIMEOUT_MS = 600_000;
const WIDTHS = [1280, 360];
const SCHEMES = ["light", "dark"];
const MOST_TABS = 60;

/** Printed here and now: goldens would hide what is wrong since. */
const pages: { readonly [name: string]: () => Promise<string> } = {
  "check hostile": () => checked("hostile"),
  "check several-files": () => checked("several-files"),
  "diff refused-hostile": () => compared("refused-hostile"),
  "diff size": () => compared("size"),
};

async function checked(name: string): Promise<string> {
  return html5(reportOfCase(name));
}

async function compared(name: string): Promise<string> {
  const cwd = join(packageRoot(), "test/cases/diff", name, "head");
  const { stdout } = await foresailHere(["diff", "--base-dir", "../base", "-o", "html"], { cwd });
  return stdout;
}

describe("pages of check and diff in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "foresail-pages-"));
  let browser: Browser;
  before(async function () {
    this.timeout(FETCH_TIMEOUT_MS);
    try {
      browser = await Browser.start();
    } catch (error) {
      console.error(`no Chromium to be had: ${error instanceof Error ? error.message : error}`);
      this.skip();
    }
  });
  after(async () => {
    await browser?.stop();
    rmSync(folder, { recursive: true });
  });

  async function addressOf(page: string): Promise<string> {
    const file = join(folder, `${page.replace(" ", "-")}.html`);
    writeFileSync(file, (await pages[page]?.()) ?? "");
    return pathToFileURL(file).href;
  }

  async function show(width: number, scheme: string, media = "screen"): Promise<void> {
    await browser.send("Emulation.setDeviceMetricsOverride", {
      width,
      height: 800,
      deviceScaleFactor: 1,
      mobile: width < 600,
    });
    const features = [
      { name: "prefers-color-scheme", value: scheme },
      { name: "prefers-reduced-motion", value: "reduce" },
    ];
    await browser.send("Emulation.setEmulatedMedia", { media, features });
  }

  for (const page of Object.keys(pages)) {
    it(`${page} asks for nothing but itself, and no rule of its own is broken`, async () => {
      const url = await addressOf(page);
      await browser.open(url);
      const asked = browser.events.filter(({ method }) => method === "Network.requestWillBeSent");
      expect(asked.map(({ params }) => (params["request"] as { url: string }).url)).to.deep.equal([url]);
      const told = browser.events.filter(({ method }) =>
        ["Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"].includes(method),
      );
      expect(told).to.deep.equal([]);
      // The style took effect: a policy that refuses it leaves the browser's own margin.
      expect(await browser.value("getComputedStyle(document.body).margin")).to.equal("0px");
      expect(await browser.value("document.scripts.length")).to.equal(0);
    });

    for (const [width, scheme] of WIDTHS.flatMap((one) => SCHEMES.map((other) => [one, other] as const))) {
      it(`${page} fits ${width} pixels in ${scheme}, is not blank and can be read`, async () => {
        await show(width, scheme);
        await browser.open(await addressOf(page));
        await browser.value(UNFOLD);
        expect(await browser.value<number>("document.scrollingElement.scrollWidth")).to.be.at.most(width);
        const { seen, low } = await browser.value<{ seen: number; low: readonly string[] }>(LOW_CONTRAST);
        expect(low).to.deep.equal([]);
        expect(seen).to.be.greaterThan(20);
        const shot = await browser.send("Page.captureScreenshot", { captureBeyondViewport: true });
        const { data } = shot as { data: string };
        if (process.env["SCREENSHOTS"] !== undefined) {
          const file = join(process.env["SCREENSHOTS"], `${page.replace(" ", "-")}-${width}-${scheme}.png`);
          writeFileSync(file, Buffer.from(data, "base64"));
        }
        await browser.open("about:blank");
        const { colours, most } = await browser.value<{ colours: number; most: number }>(coloursOf(data));
        expect(colours).to.be.greaterThan(50);
        expect(most).to.be.lessThan(0.97);
      });
    }

    it(`${page} is reached by the keyboard: every link and fold in order, and the focus is seen`, async () => {
      for (const width of WIDTHS) {
        await show(width, "light");
        await browser.open(await addressOf(page));
        const expected = await browser.value<readonly string[]>(REACHABLE);
        expect(expected.length).to.be.within(2, MOST_TABS);
        for (const name of expected) {
          for (const type of ["keyDown", "keyUp"]) {
            await browser.send("Input.dispatchKeyEvent", { type, key: "Tab", code: "Tab", windowsVirtualKeyCode: 9 });
          }
          expect(await browser.value(FOCUSED)).to.deep.equal({ name, isSeen: true });
        }
      }
    });

    it(`${page} has landmarks, one heading above all, and a name for every control`, async () => {
      await browser.open(await addressOf(page));
      await browser.value(UNFOLD);
      const { nodes } = (await browser.send("Accessibility.getFullAXTree")) as {
        nodes: readonly { ignored: boolean; role?: { value: string }; name?: { value: string } }[];
      };
      const named = (role: string): readonly string[] =>
        nodes.filter((one) => !one.ignored && one.role?.value === role).map((one) => one.name?.value ?? "");
      for (const role of ["banner", "main", "contentinfo"]) expect(named(role), role).to.have.lengthOf(1);
      const controls = ["link", "button", "DisclosureTriangle", "region", "navigation", "table"].flatMap(named);
      expect(controls.filter((name) => name.trim() === "")).to.deep.equal([]);
      const levels = await browser.value<readonly number[]>(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map((one) => Number(one.tagName[1]))",
      );
      expect(levels.filter((level) => level === 1)).to.deep.equal([1]);
      expect(levels.filter((level, i) => level - (levels[i - 1] ?? 0) > 1)).to.deep.equal([]);
    });

    it(`${page} prints dark on white, unfolded, without what only a screen needs`, async () => {
      await show(700, "dark", "print");
      await browser.open(await addressOf(page));
      expect(await browser.value("getComputedStyle(document.body).backgroundColor")).to.equal("rgb(255, 255, 255)");
      expect(await browser.value("document.querySelector('.skip').checkVisibility()")).to.equal(false);
      const hidden =
        "[...document.querySelectorAll('details>:not(summary)')].filter((one) => one.getBoundingClientRect().height === 0).length";
      expect(await browser.value(hidden)).to.equal(0);
      const { low } = await browser.value<{ low: readonly string[] }>(LOW_CONTRAST);
      expect(low).to.deep.equal([]);
      const { data } = (await browser.send("Page.printToPDF")) as { data: string };
      expect(Buffer.from(data, "base64").subarray(0, 5).toString()).to.equal("%PDF-");
    });
  }
});
