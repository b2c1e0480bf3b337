import { releaseLate } from '../finish.ts'
import { type Lane, laneLoad } from '../pipeline.ts'
import { type Events, makeEvents } from './events.ts'
import { type Links, makeLinks } from './links.ts'
import { type Place, placeFor, placesOf } from './places.ts'
import type { PairReplayInput } from './replay-pair.ts'
import { hasRoom, promise } from './room.ts'
import type { Side } from './side.ts'

/** What happens between steps. */
type PairEvent =
  /** A prompt is computed; the first piece of its KV can leave; all of its KV is there. */
  | { readonly kind: 'prefilled' | 'piece' | 'landed'; readonly request: number }
  | { readonly kind: 'finished'; readonly requests: number; readonly lane: Lane }

/** KV on its way from prefill to decode workers. */
export interface Transfers {
  readonly input: PairReplayInput
  readonly decode: Side
  readonly events: Events<PairEvent>
  readonly links: Links
  readonly senders: readonly Place[]
  readonly receivers: readonly Place[]
  /** By request: places that it is sent from and to; when its prompt begins and is computed, and when the links are through with it. */
  readonly sender: Int32Array
  readonly receiver: Int32Array
  readonly begun: Float64Array
  readonly prefilled: Float64Array
  readonly through: Float64Array
}

export function makeTransfers(input: PairReplayInput, prefill: Side, decode: Side): Transfers {
  const { isl } = input.requests
  const count = isl.length
  const [senders, receivers] = [placesOf(prefill.pipelines), placesOf(decode.pipelines)]
  const unknown = () => new Float64Array(count).fill(Number.NaN)
  // What a decode worker gets: the KV of the prompt and a first token, or the KV of all but the last of the prompt's tokens.
  const given = input.firstToken === 'recomputed' ? 0 : 1
  decode.progress.made.fill(given)
  decode.progress.computed.set(isl.map((tokens) => tokens - 1 + given))
  return {
    ...{ input, decode, senders, receivers, events: makeEvents<PairEvent>(), links: makeLinks(linksOf(senders), linksOf(receivers)) },
    ...{ sender: new Int32Array(count), receiver: new Int32Array(count), begun: unknown(), prefilled: unknown(), through: unknown() },
  }
}

function linksOf(places: readonly Place[]): number {
  return 1 + places.reduce((most, { link }) => Math.max(most, link), 0)
}

/** A lane of a prefill worker takes a step from `now` to `end`: what of its prompts can leave, and when. */
export function prompted(transfers: Transfers, lane: Lane, now: number, end: number): void {
  const { input, events, senders, sender, begun, prefilled, decode } = transfers
  const { transfer, requests, firstToken } = input
  for (const [i, { lane: own, rank }] of senders.entries()) {
    if (own !== lane) continue
    const { completing, partial, outbox } = rank
    for (const r of partial >= 0 ? [...completing, partial] : completing) {
      if (!Number.isNaN(begun[r])) continue
      begun[r] = now
      sender[r] = i
      const first = transfer.sends === 'layer' ? now + (end - now) / transfer.layers : end
      if (transfer.sends !== 'prompt' && requests.osl[r] > 1) events.plan(first, { kind: 'piece', request: r })
    }
    for (const r of outbox ?? []) {
      prefilled[r] = end
      events.plan(end, { kind: 'prefilled', request: r })
      if (requests.osl[r] === 1) continue
      if (firstToken === 'prefill') {
        decode.progress.records.first[r] = end
        decode.progress.lastToken[r] = end
      }
      landed(transfers, r)
    }
    if (outbox !== undefined) outbox.length = 0
  }
}

/** KV of a request can leave: it is to go to a decode worker, as soon as there is room. */
export function wantRoom(transfers: Transfers, request: number, now: number): void {
  const { receivers, receiver, decode } = transfers
  const place = placeFor(receivers, decode.pipelines.length, decode.to?.[request])
  receiver[request] = receivers.indexOf(place)
  place.wanting.push(request)
  freeIdle(place.lane, now)
  giveRoom(transfers, place.lane, now)
}

/** A lane that stands still knows at once what its last step freed. */
export function freeIdle(lane: Lane, now: number): void {
  if (lane.end <= now && laneLoad(lane) === 0) for (const rank of lane.ranks) releaseLate(rank)
}

/** Transfers to a lane begin for which there is room now. */
export function giveRoom(transfers: Transfers, lane: Lane, now: number): void {
  const { input, links, senders, sender, receivers } = transfers
  const { bytes, bandwidth } = input.transfer
  for (const place of receivers) {
    if (place.lane !== lane) continue
    while (place.wanting.length > 0 && hasRoom(place.rank, place.wanting[0]!)) {
      const request = place.wanting.shift()!
      promise(place.rank, request)
      place.coming++
      const { sent, received } = bytes(input.requests.isl[request])
      const from = senders[sender[request]]!.link
      links.start(now, { request, from, to: place.link, sending: sent / bandwidth, receiving: received / bandwidth })
    }
  }
}

/** Whether there may be room after any step for somebody who waits for it: outputs to come are counted for less and less. */
export function mayGiveRoom({ input, receivers }: Transfers, lane: Lane): boolean {
  if (input.decode.engine.scheduler.admission !== 'reserve-ratio') return false
  return receivers.some((place) => place.lane === lane && place.wanting.length > 0)
}

/** The links are through with some transfers. */
export function passThrough(transfers: Transfers): void {
  const now = transfers.links.due()
  for (const request of transfers.links.finish()) {
    transfers.through[request] = now
    landed(transfers, request)
  }
}

/** KV is there when the links are through with it, but not before the last piece of it was sent after the prompt's end. */
function landed({ input, through, prefilled, events }: Transfers, request: number): void {
  if (Number.isNaN(through[request]) || Number.isNaN(prefilled[request])) return
  const { bytes, bandwidth, latency, sends, layers } = input.transfer
  const { sent, received } = bytes(input.requests.isl[request])
  const pieces = sends === 'prompt' ? 1 : piecesOf(input, request) * (sends === 'layer' ? layers : 1)
  const last = prefilled[request] + Math.max(sent, received) / bandwidth / pieces
  events.plan(Math.max(through[request], last) + latency, { kind: 'landed', request })
}

/** Chunks of a prompt that meets no other. */
function piecesOf({ prefill, requests: { isl, cached } }: PairReplayInput, request: number): number {
  return Math.max(1, Math.ceil((isl[request] - cached[request]) / prefill.engine.budget))
}
