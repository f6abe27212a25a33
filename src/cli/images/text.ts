import { counted, shownNumber } from "../../core/explain/quantity.ts";
import { isFetched, type NeededImage, type NeededWeights, type Needs, type Via } from "../../core/mirroring/needs.ts";
import { printable } from "../../core/report/printable.ts";
import type { Subject } from "../../core/report/report.ts";
import { shownName } from "../../core/report/shown.ts";
import { asAscii, type Style } from "../explain/style.ts";
import { table, wrapped } from "../explain/table.ts";

const SHORT_REVISION = 12;

/** What is needed: images, each with what it is for and who needs it, then a table of weights; ends with a line break. */
export function imagesText({ images, weights }: Needs, style: Style): string {
  const { width } = style;
  const giB = weights.filter(isFetched).reduce((total, { sizeGiB }) => total + sizeGiB, 0);
  const rows = [WEIGHTS_HEAD, ...weights.map(weightsRow)].map((row) => row.map((cell) => written(cell, style)));
  return `${[
    counted(images.length, "image"),
    // References stay whole: people copy them.
    ...images.flatMap((needed) => [
      `  ${written(shownImage(needed), style)}`,
      ...wrapped(written(usedLine(needed), style), width - 4).map((line) => `    ${line}`),
    ]),
    `weights of ${counted(weights.length, "model")}, ${shownNumber(giB)} GiB beside the images`,
    ...(weights.length === 0 ? [] : table(rows, width, { right: [2] })),
  ].join("\n")}\n`;
}

function written(text: string, { ascii }: Style): string {
  return ascii ? asAscii(text) : text;
}

const WEIGHTS_HEAD = ["MODEL", "REVISION", "GIB", "LICENCE", "FROM", "NEEDED BY"] as const;

function shownImage({ image, pulledAs }: NeededImage): string {
  return printable(`${image}${pulledAs === undefined ? "" : ` → ${pulledAs}`}`);
}

function usedLine({ roles, sizeGiB, neededBy }: NeededImage): string {
  return `${roles.join(", ")}${sizeGiB === undefined ? "" : ` (${shownNumber(sizeGiB)} GiB)`}: ${names(neededBy)}`;
}

function weightsRow(weights: NeededWeights): readonly string[] {
  const { model, revision, sizeGiB, license, gated, mayMirror, neededBy } = weights;
  return [
    model,
    revision.slice(0, SHORT_REVISION),
    shownNumber(sizeGiB),
    `${license}${mayMirror ? "" : ", no copies"}`,
    `${placesOf(weights)}${gated ? ", gated" : ""}`,
    names(neededBy),
  ];
}

function placesOf({ via, host }: NeededWeights): string {
  const places: { readonly [one in Via]: string } = {
    artifact: "an artifact",
    claim: `${host} to a claim`,
    download: host,
    image: "an image",
    node: "the node's disk",
  };
  return via.map((one) => places[one]).join(", ");
}

function names(subjects: readonly Subject[]): string {
  return subjects.map(shownName).join(", ");
}
