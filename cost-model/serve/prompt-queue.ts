import { computedPrompt, decodedTokens, type Load, stepWidth, tokensPerStep } from './load.ts'

/** How the prompts of one scheduler share its steps, seen by one request: counts of steps, not times. */
export interface PromptQueue {
  /** Steps from admission to the first token, waits for other prompts included. */
  readonly prefill: number
  /** Steps that decode its output. */
  readonly decode: number
  /** Of those that pass before it is known, the ones that decode others. */
  readonly missed: number
  /** Prompt tokens of a step while it is in prefill, and the most a step takes. */
  readonly chunk: number
  readonly budget: number
  /** Share of steps with prompt tokens; where prefill stalls decodes, share of decode rounds that such steps follow. */
  readonly busy: number
  /** Prompts that arrive per step, or from one look to the next where these are so many decode rounds apart. */
  readonly arrivals: number
  readonly look: number
  /** Steps with prompt tokens in the life of a request if all were busy. */
  readonly cycle: number
  /** Prompt tokens over what the budget allows; 1: prefill-bound. 0 where prefill stalls decodes: it then takes all it needs. */
  readonly utilisation: number
  /** What the utilisation would be if no prompt ever waited: above 1, prompts queue. */
  readonly demand: number
}

/** Steps carry prompt chunks beside the decodes of n requests, each of which spends `late` steps more before it is known. */
export function mixedQueue(load: Load, n: number, late: number): PromptQueue {
  const decode = decodedTokens(load) / tokensPerStep(load.speculation)
  const taken = load.scheduler.policy === 'running-first' ? (stepWidth(load.speculation) * (n - 1)) / n : 0
  const spread = 1 + load.islCv * load.islCv
  const leftBy = (decoding: number) => promptBudget(load, load.chunk - decoding * taken)
  const leftAfter = (budget: number) => {
    const service = computedPrompt(load) / budget
    return leftBy((n * decode) / (decode + prefillSteps(n, service, (decode + late) / service, spread)))
  }
  // Decodes of the others take their tokens first. A larger budget leaves fewer requests in prefill, whose decodes leave a smaller one, so
  // that the budget lies between any guess and what follows from it. Where whole prompts make it jump, it is the mean of steps with one
  // prompt more and less. Bisect, to 1e-4 tokens per request.
  let low = leftBy(n)
  let guess = low
  let high = leftAfter(guess)
  for (let i = 0; i < 24 && high - low > 1e-4 * n; i++) {
    guess = (low + high) / 2
    const left = leftAfter(guess)
    if (left > guess) {
      low = guess
      high = Math.min(high, left)
    } else {
      low = Math.max(low, left)
      high = guess
    }
  }
  return queueAt(load, n, decode, late, guess)
}

/** Steps from admission to the first token of n requests, each of which takes `service` steps and then stays away for `think` times as many. */
function prefillSteps(n: number, service: number, think: number, spread: number): number {
  const wait = waitOf(n, think, spread)
  return Math.max(stepsAlone(service), service * (1 + wait) + othersOf(n, think, wait) / 2)
}

/** Wait before service, and others in the queue of one that comes. */
function waitOf(n: number, think: number, spread: number): number {
  return Math.max(finiteWait(n, think, spread), n - 1 - think)
}

function othersOf(n: number, think: number, wait: number): number {
  return (n - 1) / Math.max(n, think + 1 + wait)
}

/** Closed queue of n requests at a server of `budget` prompt tokens per step. */
function queueAt(load: Load, n: number, decode: number, late: number, budget: number): PromptQueue {
  const prompt = computedPrompt(load)
  const service = prompt / budget
  const alone = stepsAlone(service)
  const away = decode + late
  const think = away / service
  const spread = 1 + load.islCv * load.islCv
  const wait = waitOf(n, think, spread)
  const others = othersOf(n, think, wait)
  const prefill = prefillSteps(n, service, think, spread)
  const utilisation = Math.min(1, (n * service) / (away + prefill))
  const company = Math.max((others * budget) / 2, wait * prompt) + (others * budget) / 2
  const busy = busyShare(n, utilisation, (utilisation * alone) / service)
  return {
    prefill,
    decode,
    chunk: Math.min(budget, (prompt + Math.min(company, (n - 1) * prompt)) / prefill),
    budget,
    busy: Math.max(busy, prefill / (prefill + away)),
    arrivals: utilisation / service,
    look: 1,
    missed: late,
    cycle: prefill + away,
    utilisation,
    demand: n / (think + 1),
  }
}

/**
 * After each decode round, or after so many as lie between two looks at what has come, everything that arrived is prefilled at once while
 * decodes stall.
 */
export function stalledQueue(load: Load, n: number, late: number, unlooked: number): PromptQueue {
  const rounds = Math.max(1, decodedTokens(load) / tokensPerStep(load.speculation))
  const look = Math.min(rounds, load.scheduler.receiveInterval ?? 1)
  const prompt = computedPrompt(load)
  const budget = promptBudget(load, load.chunk)
  const service = prompt / budget
  const alone = stepsAlone(service)
  // Of the steps that pass before it is known, the first decodes unless it prefills those that finished a round before.
  const missed = unlooked + late * (1 - (1 - (1 - look / (rounds + unlooked + late)) ** n) / 2)
  const arrives = Math.min(1, look / (rounds + missed))
  const ahead = ((n - 1) * arrives * prompt) / 2
  const meets = 1 - (1 - arrives) ** (n - 1)
  const prefill = Math.max(alone, service + ahead / budget + meets / 2)
  const busy = 1 - (1 - arrives) ** n
  const burst = Math.max(alone, (service * n * arrives) / busy)
  return {
    prefill,
    decode: rounds,
    chunk: Math.min(budget, (prompt + 2 * ahead) / prefill),
    budget,
    busy: busy / look,
    arrivals: n * arrives,
    look,
    missed,
    cycle: (rounds + missed) * burst,
    utilisation: 0,
    demand: 0,
  }
}

/** Without chunking a prompt goes through whole: as many per step as fit, and never less than one. */
export function promptBudget(load: Load, free: number): number {
  const prompt = computedPrompt(load)
  return load.scheduler.chunkedPrefill ? Math.max(1, free) : prompt * Math.max(1, Math.floor(free / prompt + 1e-9))
}

/** Steps of a prompt that meets no other; the tolerance keeps a prompt that just fits from taking one more. */
export function stepsAlone(service: number): number {
  return Math.max(1, Math.ceil(service - 1e-9))
}

/**
 * Mean wait before service in a closed M/G/1 queue, in services: v = u s / (2 (1 - u)) with u = (n - 1) / (z + 1 + v), think time z and
 * spread s = 1 + cv^2. Positive root of v^2 + (z + 2 - n) v - (n - 1) s / 2 = 0, without cancellation.
 */
function finiteWait(n: number, think: number, spread: number): number {
  const b = n - 2 - think
  const q = 2 * (n - 1) * spread
  const root = Math.sqrt(b * b + q)
  return b > 0 ? (b + root) / 2 : q / (2 * (root - b))
}

/** Share of steps with prompt tokens: `apart` is what it would be if no two prompts met in a step. */
function busyShare(n: number, utilisation: number, apart: number): number {
  if (utilisation >= 1) return 1
  const idle = 1 - utilisation
  return 1 - idle * Math.max(0, 1 - (apart - utilisation) / (n * idle)) ** n
}
