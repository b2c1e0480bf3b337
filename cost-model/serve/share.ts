import { fullestDeviation } from '../experts.ts'
import { computedPrompt, decodedTokens, type Load } from './load.ts'
import { mixedQueue, type PromptQueue, stalledQueue } from './prompt-queue.ts'

/** Prompts in a step, over all attention-DP ranks. */
export interface Prompts {
  readonly tokens: number
  readonly sequences: number
  /** Ranks that as many tokens as on the fullest rank would fill. */
  readonly ranks: number
}

/** How the requests of a replica share its steps, seen by one of them. A step is one lane's: lanes of a pipeline take turns. */
export interface Share {
  /** Prefill stalls decodes: the disturbed steps lie between decode steps, not among them. */
  readonly stalls: boolean
  /** Steps of its own lane in which it is prefilled, and in which it decodes. */
  readonly prefill: number
  readonly decode: number
  /** Chance that its lane is at work when it comes. */
  readonly inCompany: number
  /** Steps that end before it can be in one: its arrival is not known yet; or nobody has looked, or its prompt is held back for those of other ranks. */
  readonly late: number
  readonly held: number
  /** Of the steps that end before it is known, those that decode others. */
  readonly missed: number
  /** Steps with others' prompts while it decodes, of its own lane and of all others, and the share of a lane's steps that carry prompts. */
  readonly disturbed: number
  readonly elsewhere: number
  readonly carrying: number
  /** Where prompts stall decodes, the share of decode rounds that such steps follow. */
  readonly busy: number
  /** Share of these in which its own rank has some: where prompts stall decodes, those of other ranks go on. */
  readonly alone: number
  /** Requests of its lane that decode where there are no prompts. */
  readonly plain: number
  /** Chance that somebody of its lane decodes while it is in prefill. */
  readonly accompanied: number
  /** Of its prefill steps: the mean, and the fullest, which a pipeline waits for. */
  readonly own: Prompts
  readonly widest: Prompts
  readonly other: Prompts
  /** Requests of its lane that decode beside prompts. */
  readonly beside: number
  readonly utilisation: number
  readonly demand: number
}

/**
 * Every rank of every lane has a scheduler of its own. Ranks of a lane step together, so 1 - (1 - busy)^ranks of its steps carry prompts and
 * each is as long as on the rank with most of them. What a request does not see of its lane's prompt tokens during its own prefill, it meets
 * while it decodes; of other lanes' prompts it meets what falls into that time.
 */
export function shareSteps(load: Load, running: number, lanes: number): Share {
  const inLane = running / lanes
  const ranks = Math.min(load.attentionDp, inLane)
  const prompt = computedPrompt(load)
  const stalls = !load.scheduler.mixedSteps && decodedTokens(load) > 0
  // A step is formed before the one that ends when a request comes: it has to wait for that, unless its lane is empty.
  const inCompany = Math.min(1, Math.max(0, inLane - 1))
  const late = load.scheduler.asyncScheduling ? inCompany : 0
  // An engine with nothing to do looks for requests all the time.
  const unlooked = (((load.scheduler.receiveInterval ?? 1) - 1) / 2) * inCompany
  const queue = stalls ? stalledQueue(load, inLane / ranks, late, unlooked) : mixedQueue(load, inLane / ranks, late + unlooked)
  const { prefill, decode, missed, budget } = queue
  // Ranks that hold their prompts back for each other fall into the same steps; a rank with nothing else to do holds nothing.
  const among = Math.min(1, Math.max(0, inLane / ranks - 1))
  const held = ranks > 1 ? among * heldSteps(queue.busy, ranks, load.scheduler.admissionHold ?? 0) : 0
  const meeting = 1 - (1 - queue.busy) ** (1 + held)
  const met = 1 + (ranks - 1) * meeting
  const parallel = (ranks * meeting) / (1 - (1 - meeting) ** ranks)
  const busy = (ranks * queue.busy) / parallel
  const unseen = missed / (stalls ? decode + missed : queue.cycle)
  const after = Math.max(0, busy * queue.cycle * (1 - unseen) - prefill)
  const left = Math.max(0, inLane * prompt * (1 - unseen) - prefill * queue.chunk * met)
  // A request alone meets nobody, up to rounding.
  const inOwn = left < 1e-9 * prompt ? 0 : stalls ? after : Math.min(decode, after)
  // Where they stall decodes, steps with prompts are more than the rounds that these follow.
  const perRound = (busy * queue.cycle) / (decode + missed)
  const carrying = stalls ? perRound / (1 + perRound) : busy
  const elsewhere = (lanes - 1) * decode * carrying
  const disturbed = inOwn + elsewhere
  const tokens = (inOwn > 0 ? left : 0) + (elsewhere > 0 ? (elsewhere * inLane * prompt) / (busy * queue.cycle) : 0)
  const other = disturbed > 0 ? Math.min(tokens / disturbed / parallel, budget) : 0
  const spread = promptSpread(load, queue)
  // Tokens between none and the budget cannot vary more than if there were only these two.
  const atMost = (tokens: number, more: number) =>
    Math.max(tokens, Math.min(budget, tokens + Math.min(spread, Math.sqrt(Math.max(0, tokens * (budget - tokens)))) * more))
  const on = (ranks: number, tokens: number): Prompts => ({
    tokens: ranks * tokens,
    sequences: ranks * Math.max(1, tokens / prompt),
    ranks: tokens > 0 ? (ranks * tokens) / atMost(tokens, deviationOf(ranks)) : ranks,
  })
  // Of several lanes with prompts on their way together, all wait for the one with most.
  const together = (lanes * busy) / (1 - (1 - busy) ** lanes)
  // Prompts stall the decodes of their own rank alone.
  const othersDecode = ranks > 1 ? 1 - meeting ** ranks / (1 - (1 - meeting) ** ranks) : 0
  const plain = inLane * (1 - unseen)
  const decoding = (inLane * decode) / queue.cycle
  return {
    stalls,
    inCompany,
    late,
    missed: missed - unlooked,
    held: unlooked + (held * (1 + (ranks * queue.busy * held) / 2)) / (1 + ranks * queue.busy * held),
    prefill,
    decode,
    disturbed: inOwn,
    elsewhere,
    accompanied: 1 - (1 - decode / (decode + missed + prefill)) ** Math.max(0, inLane - 1),
    busy,
    carrying,
    alone: queue.busy / busy,
    plain,
    own: on(met, queue.chunk),
    widest: on(met, Math.max(queue.chunk, Math.min(budget, prompt))),
    other: on(parallel, atMost(other, deviationOf(together) / Math.sqrt(parallel))),
    beside: stalls ? inLane * othersDecode : Math.min(inLane - 1, Math.max(0, (decoding - (1 - busy) * plain) / busy)),
    utilisation: queue.utilisation,
    demand: queue.demand,
  }
}

/** Steps from one rank's prompt until all others have one, or for as long as it is held: sum of the chances that some have none yet. */
function heldSteps(busy: number, ranks: number, most: number): number {
  let [steps, without] = [0, 1]
  for (let t = 0; t < most; t++) {
    without *= 1 - busy
    steps += 1 - (1 - without) ** (ranks - 1)
  }
  return steps
}

/** As `fullestDeviation`, of a mean number of ranks: between one and two there is one more, or none. */
function deviationOf(ranks: number): number {
  if (ranks <= 1) return 0
  return ranks < 2 ? (ranks - 1) * fullestDeviation(2) : fullestDeviation(ranks)
}

/** Standard deviation of the prompt tokens of a rank that has some: Poisson arrivals, given that there is one. */
function promptSpread(load: Load, queue: PromptQueue): number {
  const mean = Math.max(1, queue.arrivals / (queue.busy * queue.look))
  const variance = mean * Math.max(0, 1 + queue.arrivals - mean + load.islCv * load.islCv)
  return computedPrompt(load) * Math.sqrt(variance)
}
