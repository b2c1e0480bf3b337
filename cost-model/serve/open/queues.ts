import { uniformFrom } from './random.ts'

/** A prompt with tokens left to compute. */
export interface Waiting {
  readonly arrived: number
  /** Number of the draw that its lengths are of. */
  readonly which: number
  left: number
}

/** Prompts that wait for the steps of attention-DP ranks, each rank with a queue of its own. */
export interface PromptQueues {
  /** To one of the ranks, at random. */
  add(arrived: number, tokens: number, which: number): void
  /**
   * Puts prompts, in turn, into a step: a budget of tokens per rank; whole ones, and at least one, where they are not cut. Those that are
   * through go to `done`. Tokens on the fullest rank, and what of it each other rank has.
   */
  take(budget: number, chunked: boolean, done: Waiting[]): { readonly fullest: number; readonly even: number }
}

export function promptQueues(ranks: number): PromptQueues {
  const random = uniformFrom(3)
  const queues = Array.from({ length: ranks }, () => [] as Waiting[])
  return {
    add: (arrived, left, which) => {
      queues[ranks === 1 ? 0 : Math.floor(random() * ranks)]!.push({ arrived, left, which })
    },
    take: (budget, chunked, done) => {
      let [fullest, all] = [0, 0]
      for (const queue of queues) {
        const taken = takeFrom(queue, budget, chunked, done)
        fullest = Math.max(fullest, taken)
        all += taken
      }
      return { fullest, even: ranks > 1 && fullest > 0 ? (all / fullest - 1) / (ranks - 1) : 0 }
    },
  }
}

function takeFrom(queue: Waiting[], budget: number, chunked: boolean, done: Waiting[]): number {
  let taken = 0
  while (queue.length > 0 && taken < budget) {
    const first = queue[0]!
    if (!chunked && taken > 0 && first.left > budget - taken) break
    const tokens = chunked ? Math.min(first.left, budget - taken) : first.left
    taken += tokens
    first.left -= tokens
    if (first.left > 0) break
    done.push(first)
    queue.shift()
  }
  return taken
}
