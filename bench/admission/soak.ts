import { type Contestant, measure, type Place, round2 } from "./contestant.ts";

export interface Soaked {
  /** Resident memory at the end of each minute. */
  readonly rssMiB: readonly number[];
  /** Of the straight line nearest to them, without the first fifth, in which heap and compiler settle. */
  readonly slopeMiBPerMinute: number;
}

/** Resident memory under load, minute by minute; undefined for none. */
export async function soak(
  one: Contestant,
  place: Place,
  { minutes, connections }: { readonly minutes: number; readonly connections: number },
): Promise<Soaked | undefined> {
  if (minutes === 0) return undefined;
  const rssMiB: number[] = [];
  for (let minute = 1; minute <= minutes; minute++) {
    const figures = await measure(one, place, { connections, seconds: 60 });
    rssMiB.push(figures.rssMiB);
    console.log(`minute ${minute}: ${figures.rssMiB} MiB, ${figures.requestsPerSecond} requests a second`);
  }
  return { rssMiB, slopeMiBPerMinute: slope(rssMiB.slice(Math.floor(minutes / 5))) };
}

/** Least squares, in units of one step. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [over, under] = values.reduce(
    ([product, square], value, i) => [product + (i - middle) * (value - mean), square + (i - middle) ** 2],
    [0, 0],
  );
  return under === 0 ? 0 : round2(over / under);
}
