import type { StepShape } from '../../counts.ts'
import type { StepFunction } from '../load.ts'

/**
 * A step function as a table that fills itself: asked at knots alone, linear between them in tokens and contexts, exact in counts of
 * sequences. A replay asks for steps that differ little, and a table answers faster than ops are summed.
 */
export function tabulated(step: StepFunction): StepFunction {
  const latencies = new Map<number, number>()
  const periods = new Map<number, number>()
  const atKnot = (key: number, shape: StepShape) => {
    const known = latencies.get(key)
    if (known !== undefined) return known
    const { latency, period } = step(shape)
    latencies.set(key, latency)
    periods.set(key, period)
    return latency
  }
  return (shape) => {
    const { prefillTokens, prefillSequences, prefillRanks, prefillContext, decodeSequences, decodeContext, decodeWidth } = shape
    // Attention-DP ranks fill prompts unevenly: no two such steps share a knot.
    if (prefillRanks !== undefined && prefillRanks !== 1) return step(shape)
    if (Math.max(prefillSequences, decodeSequences) >= sequences) return step(shape)
    const decode = between(decodeSequences === 0 ? 0 : decodeContext)
    const tokens = betweenPrompts(prefillTokens, prefillSequences)
    const cached = between(prefillContext)
    let [latency, period] = [0, 0]
    for (let corner = 0; corner < 8; corner++) {
      const [d, t, c] = [corner & 1, (corner >> 1) & 1, corner >> 2]
      const share = part(decode, d) * part(tokens, t) * part(cached, c)
      if (share === 0) continue
      const at: StepShape = {
        prefillTokens: prefillTokens === 0 ? 0 : Math.max(prefillSequences, knot(tokens, t)),
        prefillSequences,
        prefillContext: knot(cached, c),
        decodeSequences,
        decodeContext: knot(decode, d),
        ...(decodeWidth !== undefined && { decodeWidth }),
      }
      const key =
        (((index(tokens, t) * knots + index(cached, c)) * knots + index(decode, d)) * sequences + prefillSequences) * sequences +
        decodeSequences / (decodeWidth ?? 1)
      latency += share * atKnot(key, at)
      period += share * periods.get(key)!
    }
    return { latency, period }
  }
}

/** Knots per dimension, and sequences, that a key tells apart: together below 2^53. */
const knots = 2 ** 9
const sequences = 2 ** 13

/** Between which knots a value lies, by number, and how far towards the upper one. */
interface Between {
  readonly below: number
  readonly share: number
}

/** Knots are 64 apart up to 2048, from there a sixteenth of the power of two below. */
const apart = 64
const perOctave = 16

function between(value: number): Between {
  const octave = Math.max(0, Math.floor(Math.log2(value / (apart * perOctave))))
  const at = value / (apart * 2 ** octave)
  const steps = Math.floor(at)
  return { below: perOctave * octave + steps, share: at - steps }
}

/** A prompt of no token is none: the lowest knot is one token of each. */
function betweenPrompts(tokens: number, prompts: number): Between {
  return tokens < apart && tokens > 0 ? { below: 0, share: (tokens - prompts) / (apart - prompts) } : between(tokens)
}

function index({ below }: Between, upper: number): number {
  return below + upper
}

function part({ share }: Between, upper: number): number {
  return upper === 1 ? share : 1 - share
}

function knot({ below }: Between, upper: number): number {
  const n = below + upper
  const octave = Math.max(0, Math.floor(n / perOctave) - 1)
  return (n - perOctave * octave) * apart * 2 ** octave
}
