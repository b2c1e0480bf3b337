/** A prompt with tokens left to compute. */
export interface Waiting {
  readonly arrived: number
  left: number
  /** Some of it has been computed. */
  begun: boolean
  /** Number of the draw that its lengths are of. */
  readonly which: number
}

/** Prompts that wait for the steps of a replica: every attention-DP rank of every lane of its pipeline has a queue of its own. */
export interface PromptQueues {
  /** To a lane, to its ranks in turn. */
  add(lane: number, arrived: number, tokens: number, which: number): void
  /** Whether a prompt of a lane is half computed; and when the first of those that wait came. */
  begun(lane: number): boolean
  first(lane: number): number
  /** Ranks of a lane with prompts that came by then. */
  ready(lane: number, by: number): number
  /**
   * Puts prompts that came by then, in turn, into a step of a lane: a budget of tokens per rank; whole ones, and at least one, where they are not
   * cut. Those that are through go to `done`. Tokens on the fullest rank, and what of it each other rank has.
   */
  take(lane: number, by: number, budget: number, chunked: boolean, done: Waiting[]): { readonly fullest: number; readonly even: number }
}

const golden = (Math.sqrt(5) - 1) / 2

export function promptQueues(lanes: number, ranks: number): PromptQueues {
  const queues = Array.from({ length: lanes }, () => Array.from({ length: ranks }, () => [] as Waiting[]))
  let added = 0
  return {
    add: (lane, arrived, left, which) => {
      // Evenly, and in no order that a period of the arrivals could meet.
      queues[lane]![Math.floor(((++added * golden) % 1) * ranks)]!.push({ arrived, left, begun: false, which })
    },
    begun: (lane) => queues[lane]!.some((queue) => queue[0]?.begun === true),
    first: (lane) => queues[lane]!.reduce((first, queue) => Math.min(first, queue[0]?.arrived ?? first), Number.POSITIVE_INFINITY),
    ready: (lane, by) => {
      let count = 0
      for (const queue of queues[lane]!) if (queue.length > 0 && queue[0]!.arrived <= by) count++
      return count
    },
    take: (lane, by, budget, chunked, done) => {
      let [fullest, all] = [0, 0]
      for (const queue of queues[lane]!) {
        const taken = takeFrom(queue, by, budget, chunked, done)
        fullest = Math.max(fullest, taken)
        all += taken
      }
      return { fullest, even: ranks > 1 && fullest > 0 ? (all / fullest - 1) / (ranks - 1) : 0 }
    },
  }
}

function takeFrom(queue: Waiting[], by: number, budget: number, chunked: boolean, done: Waiting[]): number {
  let taken = 0
  while (queue.length > 0 && taken < budget) {
    const first = queue[0]!
    if (first.arrived > by) break
    if (!chunked && taken > 0 && first.left > budget - taken) break
    const tokens = chunked ? Math.min(first.left, budget - taken) : first.left
    taken += tokens
    first.left -= tokens
    if (first.left > 0) {
      first.begun = true
      break
    }
    done.push(first)
    queue.shift()
  }
  return taken
}
