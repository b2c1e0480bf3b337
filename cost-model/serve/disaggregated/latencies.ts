import type { FirstToken } from '../../../spaces/connector.ts'
import { normalQuantile } from '../../experts.ts'
import { computedPrompt, decodedTokens, type Load } from '../load.ts'
import type { Latencies } from '../open/latencies.ts'
import { block, logNormals } from '../open/random.ts'
import type { Pair, PairServing } from './serve.ts'

/** Requests that they are taken of: as many values of each length as stand for all. */
const requests = 2 * block

/**
 * Latencies of the requests of a pair about their means. Waits for prefill are taken to be exponential, which makes percentiles of TTFT rough: how
 * much of a wait a step of several prompts takes away is not in it. A prompt's own time and its KV's way go with its length; it meets a decode step
 * anywhere. All that decode are a batch whose number changes slowly, by about its root, so that a token takes a step of it. Errors against the
 * replay: `fleetfront validate replay`.
 *
 * `load` is that of a decode worker, `prompts` that of a prefill worker.
 */
export function pairLatencies(pair: Pair, served: PairServing, prompts: Load, load: Load): Latencies {
  const { wait, prefill, transfer, admission } = served.parts
  const [isls, outputs] = [lengthsOf(prompts, 'prompts'), lengthsOf(load, 'outputs')]
  const mean = computedPrompt(prompts)
  const interval = pair.decode.interval(Math.max(1, served.running))
  const tokens = decodedTokens(load)
  const stepsPerToken = tokens > 0 ? pair.decode.steps / tokens : 1
  const own = Math.max(0, prefill - pair.prefill.perRequest)
  const residual = Math.min(interval, admission)
  const out = { ttft: [] as number[], tpot: [] as number[], e2e: [] as number[], shares: [] as number[], classOf: [] as number[] }
  for (let i = 0; i < requests; i++) {
    const ratio = isls[i % isls.length]! / mean
    const decoded = Math.max(1, outputs[i % outputs.length]! - 1)
    const arrived = pair.prefill.perRequest + wait * -Math.log(1 - spread(i, golden)) + own * ratio
    const joined = transfer * ratio + admission + residual * (spread(i, silver) - 0.5)
    const decode = decoded * stepsPerToken * interval
    const ttft = pair.firstToken === 'prefill' ? arrived : arrived + joined
    out.ttft.push(ttft)
    out.e2e.push(arrived + joined + decode)
    out.tpot.push((arrived + joined + decode - ttft) / decoded)
    out.shares.push(1)
    out.classOf.push(load.drawn?.classOf[i % load.drawn.classOf.length] ?? 0)
  }
  return { ...out, ...gapsOf(pair, served, pair.firstToken) }
}

/** Between the steps of a batch whose number varies as that of a station which requests come to at random. */
function gapsOf(
  pair: Pair,
  { running, parts, requestsPerSecond }: PairServing,
  firstToken: FirstToken,
): Pick<Latencies, 'itl' | 'itlShares'> {
  const itl = Array.from({ length: 128 }, (_, i) =>
    pair.decode.interval(Math.max(1, running + Math.sqrt(running) * normalQuantile((i + 0.5) / 128))),
  )
  const shares = itl.map(() => 1)
  if (firstToken !== 'prefill' || !(requestsPerSecond > 0)) return { itl, itlShares: shares }
  // Before the second token lies the way to the decode worker: one gap of so many.
  const first = parts.transfer + parts.admission + itl[64]!
  return { itl: [...itl, first], itlShares: [...shares, 128 / Math.max(1, pair.decode.steps - 1)] }
}

/** Values of a low-discrepancy sequence (Kronecker's, of an irrational step). */
function spread(i: number, step: number): number {
  return ((i + 0.5) * step) % 1
}

const golden = (Math.sqrt(5) - 1) / 2
const silver = Math.sqrt(2) - 1

function lengthsOf(load: Load, of: 'prompts' | 'outputs'): Float64Array {
  if (load.drawn !== undefined) return load.drawn[of]
  return of === 'prompts' ? logNormals('prompts', computedPrompt(load), load.islCv) : logNormals('outputs', load.osl, load.oslCv)
}
