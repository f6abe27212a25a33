import type { PriceTable } from "../catalogue.ts";
import { map, number, object, oneOf, string } from "../schema.ts";
import { closed, cloud, date, type FileKind, fileKind, positive } from "./file-kind.ts";

const prices = object(
  {
    cloud,
    currency: oneOf(["USD"], "Currency."),
    date,
    source: string("Where the prices are from."),
    regions: map(map(number("USD per hour.", positive), "Prices by size."), "Prices by region."),
    spotRegions: map(map(number("USD per hour.", positive), "Prices by size."), "Spot prices by region."),
  },
  "Prices.",
  { required: ["cloud", "currency", "date", "source", "regions"], ...closed },
);

export const pricesFile: FileKind<PriceTable> = fileKind(prices, (file) => ({
  ...file,
  spotRegions: file.spotRegions ?? {},
}));
