import { equal } from "../compare.ts";
import { fn, type Meter, type Overload } from "../overload.ts";
import type { CelList } from "../value.ts";

function covers(all: CelList, part: CelList, meter: Meter): boolean {
  meter.charge(all.length * part.length);
  return part.every((item) => all.some((other) => equal(item, other)));
}

/** cel-go's sets library. */
export const sets: readonly Overload[] = [
  fn("sets.contains", ["list", "list"], ([all, part], meter) => covers(all, part, meter)),
  fn("sets.equivalent", ["list", "list"], ([a, b], meter) => covers(a, b, meter) && covers(b, a, meter)),
  fn("sets.intersects", ["list", "list"], ([a, b], meter) => {
    meter.charge(a.length * b.length);
    return a.some((item) => b.some((other) => equal(item, other)));
  }),
];
