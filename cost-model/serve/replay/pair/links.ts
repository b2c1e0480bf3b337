/** One transfer under way: the links that it takes, and the seconds that it would have each of them alone. */
interface Way {
  readonly request: number
  readonly from: number
  readonly to: number
  readonly sending: number
  readonly receiving: number
  /** Share of it that is left, and share per second. */
  left: number
  rate: number
}

/** Network cards that transfers share: each is as fast as the busier of the two it takes lets it be. */
export interface Links {
  /** When the next transfer is through; Infinity: none is under way. */
  due(): number
  start(now: number, way: Pick<Way, 'request' | 'from' | 'to' | 'sending' | 'receiving'>): void
  /** The requests whose transfers are through at `due`. */
  finish(): readonly number[]
}

/** Egress of `senders` and ingress of `receivers`, divided evenly among the transfers on each. */
export function makeLinks(senders: number, receivers: number): Links {
  const [out, into] = [new Int32Array(senders), new Int32Array(receivers)]
  let ways: Way[] = []
  let at = 0
  const advance = (now: number) => {
    for (const way of ways) way.left = now > at ? Math.max(0, way.left - (now - at) * way.rate) : way.left
    at = now
  }
  const share = () => {
    for (const way of ways) way.rate = 1 / Math.max(out[way.from]! * way.sending, into[way.to]! * way.receiving)
  }
  const seconds = ({ left, rate }: Way) => (rate === Number.POSITIVE_INFINITY ? 0 : left / rate)
  const due = () => ways.reduce((least, way) => Math.min(least, at + seconds(way)), Number.POSITIVE_INFINITY)
  return {
    due,
    start: (now, way) => {
      advance(now)
      ways.push({ ...way, left: 1, rate: 0 })
      out[way.from]!++
      into[way.to]!++
      share()
    },
    finish: () => {
      const end = due()
      const through = ways.filter((way) => at + seconds(way) === end)
      advance(end)
      ways = ways.filter((way) => !through.includes(way))
      for (const { from, to } of through) {
        out[from]!--
        into[to]!--
      }
      share()
      return through.map(({ request }) => request)
    },
  }
}
