/** What a replica did over time, in equal steps of `width` seconds from the first arrival: means over a step, tokens per second. */
export interface Series {
  readonly width: number
  readonly queue: Float64Array
  readonly batch: Float64Array
  /** Share of KV blocks in use; 0 where they never run out. */
  readonly kv: Float64Array
  readonly outputTokens: Float64Array
}

/** Sums that become a series; steps are joined in pairs where a run outgrows them, so memory does not grow with it. */
export interface SeriesSums {
  width: number
  readonly sums: readonly [Float64Array, Float64Array, Float64Array, Float64Array]
}

const most = 512

export function seriesSums(width: number): SeriesSums {
  const sums = () => new Float64Array(most)
  return { width, sums: [sums(), sums(), sums(), sums()] }
}

/** Adds a stretch from `from` to `to` (seconds since the start) with these means. */
export function addStretch(series: SeriesSums, from: number, to: number, queue: number, batch: number, kv: number, tokens: number): void {
  while (to > series.width * most) double(series)
  const last = Math.min(most - 1, Math.floor(to / series.width))
  for (let i = Math.min(last, Math.floor(from / series.width)); i <= last; i++) {
    const seconds = Math.min(to, (i + 1) * series.width) - Math.max(from, i * series.width)
    series.sums[0][i] += queue * seconds
    series.sums[1][i] += batch * seconds
    series.sums[2][i] += kv * seconds
    series.sums[3][i] += (tokens * seconds) / (to - from)
  }
}

export function finishSeries({ width, sums }: SeriesSums, seconds: number): Series {
  const count = Math.max(1, Math.min(most, Math.ceil(seconds / width)))
  const [queue, batch, kv, outputTokens] = sums.map((sum) => sum.slice(0, count).map((value) => value / width))
  return { width, queue, batch, kv, outputTokens }
}

function double(series: SeriesSums): void {
  series.width *= 2
  for (const sum of series.sums) {
    for (let i = 0; i < most; i++) sum[i] = 2 * i + 1 < most ? sum[2 * i] + sum[2 * i + 1] : 0
  }
}
