import type { Reason } from '../spaces/reason.ts'
import { decodeRate } from './serve/disaggregated/decode.ts'
import { prefillCapacity } from './serve/disaggregated/prefill.ts'
import { mostRunning, type Pair, type PairServing } from './serve/disaggregated/serve.ts'
import { transferCapacity } from './serve/disaggregated/transfer.ts'

/**
 * Why a pair cannot be in the state that its plan describes; null: it can. In a closed loop that state is `batch` requests on each decode worker,
 * whose rate the other stages must bear; given what it serves, that each side holds the KV it then has.
 */
export function pairReason(pair: Pair, closed: boolean, served?: PairServing): Reason | null {
  const { decode, prefill, transfer, prefillWorkers, decodeWorkers } = pair
  if (served !== undefined) return holdsReason(pair, served)
  if (!closed) return null
  if (mostRunning(decode) < decode.batch) {
    const { batch, kvSeats } = decode
    const message = `a decode worker holds the KV of ${kvSeats} requests, not of the ${batch} that are to run on it`
    return { code: 'pair-decode-holds', message, numbers: { batch, kvSeats } }
  }
  const rate = decodeWorkers * decodeRate(decode, decode.batch)
  const asked = `${count(decodeWorkers, 'decode worker')} of ${decode.batch} requests finish ${figure(rate)} requests/s`
  const taken = prefillWorkers * prefillCapacity(prefill)
  if (rate >= taken) {
    const message = `${asked}, ${count(prefillWorkers, 'prefill worker')} take in ${figure(taken)}`
    return {
      code: 'pair-prefill-capacity',
      message,
      numbers: { rate: figure(rate), capacity: figure(taken), prefillWorkers, decodeWorkers },
    }
  }
  const moved = transferCapacity(transfer, prefillWorkers, decodeWorkers)
  if (rate < moved) return null
  const message = `${asked}, the links move the KV of ${figure(moved)}`
  return {
    code: 'pair-transfer-capacity',
    message,
    numbers: { rate: figure(rate), capacity: figure(moved), prefillWorkers, decodeWorkers },
  }
}

function holdsReason({ prefill, decode }: Pair, { heldByPrefill, heldByDecode }: PairServing): Reason | null {
  if (heldByPrefill > prefill.holds) {
    const [held, holds] = [figure(heldByPrefill), prefill.holds]
    const message = `a prefill worker keeps the KV of ${held} prompts until it is pulled, and has room for ${holds}`
    return { code: 'pair-prefill-holds', message, numbers: { held, holds } }
  }
  if (heldByDecode <= decode.kvSeats) return null
  const [held, kvSeats] = [figure(heldByDecode), decode.kvSeats]
  const message = `a decode worker holds the KV of ${kvSeats} requests, not of ${held}, those on their way included`
  return { code: 'pair-decode-holds', message, numbers: { held, kvSeats } }
}

function figure(value: number): number {
  return Number(value.toPrecision(4))
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
